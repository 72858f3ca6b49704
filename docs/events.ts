// Written by `make generate` from the server's catalogue of events (crates/server/src/events). Changes
// are made there. To use it: copy it into your project, and
// `const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, { auth: { token } });`

/** Why something was not done. */
export interface AckError {
  code: Code;
  /** In words, for people. */
  message: string;
  /** The time after which trying again makes sense, in seconds. */
  retryAfter?: number;
}

/** What the connection is to go on with. */
export interface AnotherToken {
  /** A token of the same user. */
  token: string;
}

/** What an exception is about. */
export interface Cause {
  /** What came with it; null if it was large. */
  data: unknown;
  /** The event, or `connection`. */
  pattern: string;
}

/** What was said, and by whom: exactly what the original sends. */
export interface ChatMessage {
  fullName: string;
  message: string;
}

/** Why something was refused, ended or not done. The list is closed. */
export type Code =
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'user_unknown'
  | 'user_inactive'
  | 'session_limit'
  | 'session_replaced'
  | 'kicked'
  | 'invalid_payload'
  | 'too_large'
  | 'rate_limited'
  | 'forbidden'
  | 'not_found'
  | 'unavailable'
  | 'internal';

/** One connection of a user. */
export interface Connection {
  /** The class of device that it said it is. */
  device: Device;
  /** The id of the socket. */
  id: string;
}

/** A class of devices. */
export type Device = 'desktop' | 'mobile';

/** What went wrong, in the shape that Nest gives it, and a code. */
export interface Exception {
  cause: Cause;
  code: Code;
  /** In words, for people. */
  message: string;
  /** The time after which trying again makes sense, in seconds. */
  retryAfter?: number;
  status: 'error';
}

/** When a token ends. */
export interface ExpiryNotice {
  /** RFC 3339, in UTC. */
  expiresAt: string;
  /** The same by the time that is left, for those whose clock is wrong. */
  secondsLeft: number;
}

/** Some of what was said in a channel. */
export interface History {
  /** Whether there are more: newer ones if `after` was given, else older ones. */
  hasMore: boolean;
  /** The oldest first. */
  messages: StoredMessage[];
}

/** Which part of what was said is wanted. */
export interface HistoryPart {
  /** Only messages with higher numbers, the first of them. Without it, the last ones. */
  after?: number | null;
  /** Only messages with lower numbers. */
  before?: number | null;
  /** How many at most; 50, if it is not said. */
  limit?: number | null;
  /** `lobby`, which it is without one too. */
  room?: string | null;
}

/** What a client knows. */
export interface LastSeen {
  /** By the name of the room, the number of the last message that was seen there; 0 if none was. */
  rooms: Record<string, number>;
}

/** A message as it was published. */
export interface MessageAck {
  /**
   * There, and true, if a message of the same `clientMsgId` had been sent before: this is what
   * became of that one.
   */
  duplicate?: boolean;
  id: string;
  room: string;
  /** RFC 3339, in UTC. */
  sentAt: string;
  /** Its number in the room. The numbers begin at 1 and have no gaps. */
  seq: number;
}

/** What else there is to know about a message. Clients of the original ignore it. */
export interface MessageMeta {
  /** There, and true, if it was said to one person. */
  direct?: boolean;
  id: string;
  room: string;
  /** RFC 3339, in UTC. */
  sentAt: string;
  /** Its number in the room. The numbers begin at 1 and have no gaps. */
  seq: number;
  /** The id of that person. */
  to?: string;
  userId: string;
}

/** What a client has missed. */
export interface Missed {
  /** By the names that were asked for. */
  rooms: Record<string, MissedIn>;
}

/** What a client has missed in one room. */
export interface MissedIn {
  /** Whether this is everything. Else there are none of them here: load the newest page anew. */
  complete: boolean;
  /** Why nothing can be said of this room. */
  error?: AckError;
  /** The oldest first. */
  messages: StoredMessage[];
}

/** What is said, and to whom. */
export interface NewDirectMessage {
  /**
   * What the client calls it: unique among the messages of the user. A message of the same name is
   * not said twice.
   */
  clientMsgId?: string | null;
  /** The text, at most as long as the setting `messages.max_length` says. */
  message: string;
  /** To whom. */
  to: Receiver;
}

/** What is said, and where. */
export interface NewMessage {
  /**
   * What the client calls it: unique among the messages of the user. A message of the same name is
   * not said twice.
   */
  clientMsgId?: string | null;
  /**
   * The text, at most as long as the setting `messages.max_length` says (4,000 characters, if it
   * says nothing else). Missing, null or empty, it is `no hay mensaje`.
   */
  message?: string | null;
  /**
   * Where it is said: a room that the user has joined, what two people have among themselves, or
   * `lobby`, which it is without one too.
   */
  room?: string | null;
}

/** A user with all their connections. */
export interface Person {
  /** In the order of registration. */
  connections: Connection[];
  fullName: string;
  userId: string;
}

/** What has changed from one version to the next. */
export interface PresenceDiff {
  /** Who has come, or has other connections or another name than before. */
  joins: Person[];
  /** The ids of the users who have gone. */
  leaves: string[];
  version: number;
}

/** Who is connected, as of a version. */
export interface PresenceSnapshot {
  /** Each once, in the order in which they came. */
  people: Person[];
  version: number;
}

/** A user, by one of the two. */
export interface Receiver {
  email?: string | null;
  userId?: string | null;
}

/** Until when the connection may go on. */
export interface Refreshed {
  /** RFC 3339, in UTC. */
  expiresAt: string;
}

/**
 * The `data` of the `connect_error` that a connection is refused with, if it is refused in that
 * way.
 */
export interface RefusalData {
  code: Code;
}

/** What has taken the place of a connection. */
export interface Replacement {
  code: Code;
  /** What the other connection is on. */
  device: Device;
}

/** A member of a room. */
export interface RoomMember {
  fullName: string;
  userId: string;
}

/** Who is in a room. */
export interface RoomMembers {
  /** The first 2,000 of them. */
  members: RoomMember[];
}

/** Where a room stands. */
export interface RoomState {
  /** The number of the last message; 0 if there is none. */
  lastSeq: number;
  room: string;
}

/** Something that was said. */
export interface StoredMessage {
  /** The name of the user as it is now; empty if they are gone. */
  fullName: string;
  id: string;
  message: string;
  room: string;
  /** RFC 3339, in UTC. */
  sentAt: string;
  /** Its number in the room. */
  seq: number;
  userId: string;
}

/** Where someone is writing. */
export interface TypingIn {
  /** `lobby`, which it is without one too. */
  room?: string | null;
}

/** Who is writing, and where. */
export interface TypingNotice {
  fullName: string;
  room: string;
  userId: string;
}

/** Which room. */
export interface WhichRoom {
  /** Its name. */
  room: string;
}

/** What an ack is called with. */
export type Ack<Answer> = ({ ok: true } & Answer) | { ok: false; error: AckError };

/** What the server sends. */
export interface ServerToClientEvents {
  /**
   * Something was said. To the room, the sender included; of what is said to one person, all
   * connections of both.
   */
  'message-from-server': (message: ChatMessage, meta: MessageMeta) => void;
  /**
   * Someone is writing something. Nothing says that they have stopped: forget it after some
   * seconds, or when their message arrives. It may be lost on the way. To the others in the room.
   */
  typing: (notice: TypingNotice) => void;
  /**
   * The ids of all connected sockets, in the order of their registration. To everyone, at a bounded
   * pace; newcomers at once.
   */
  'clients-updated': (socketIds: string[]) => void;
  /**
   * Who has come and gone since the version before. A diff whose version is not the next one says
   * that some were missed: subscribe anew. Those that come before the answer to
   * `presence-subscribe` count if they are newer than it. To subscribers.
   */
  'presence-diff': (diff: PresenceDiff) => void;
  /**
   * The token of the connection is about to end. With `auth-refresh` it goes on; without, it ends
   * some time after the token. To the socket that it concerns.
   */
  'auth-expiring': (notice: ExpiryNotice) => void;
  /**
   * Another connection of the user has taken the place of this one, which ends now. To the socket
   * that ends.
   */
  'session-replaced': (replacement: Replacement) => void;
  /**
   * Something was not done, and no ack was asked for; or, if `cause.pattern` is `connection`, the
   * connection ends now, and this is why. To the socket that it concerns.
   */
  exception: (exception: Exception) => void;
}

/** What clients send. */
export interface ClientToServerEvents {
  /**
   * Says something. The message reaches everyone in the room, its sender included, and is answered
   * when it is stored. If it cannot be stored for the moment, one with a `clientMsgId` is not
   * answered, so that a client with `retries` sends it again; one without is answered with
   * `unavailable`. A payload that is neither an object nor null counts as an object without a
   * message, as in the original.
   */
  'message-from-client': (payload: NewMessage, ack: (answer: Ack<MessageAck>) => void) => void;
  /**
   * Says something to one user. It reaches all connections of both, now or later: what two users
   * say to each other is a room of its own, with the name that the answer gives
   * (`direct:<id>:<id>`, the lesser id first), which nobody joins or leaves.
   */
  'direct-message': (payload: NewDirectMessage, ack: (answer: Ack<MessageAck>) => void) => void;
  /**
   * Makes the user a member of a room: all of their connections get what is said there, those to
   * come included, until they leave it. Being one already is no error.
   */
  'join-room': (payload: WhichRoom, ack: (answer: Ack<RoomState>) => void) => void;
  /**
   * Makes the user a member of a room no more, with all of their connections. Having been none is
   * no error; `lastSeq` is 0 then.
   */
  'leave-room': (payload: WhichRoom, ack: (answer: Ack<RoomState>) => void) => void;
  /**
   * Answers who is a member of a room, connected or not, in the order of names; of the lobby, who
   * is connected, in the order in which they came.
   */
  'room-members': (payload: WhichRoom, ack: (answer: Ack<RoomMembers>) => void) => void;
  /**
   * Answers with messages that are stored, the oldest first: without `after` the newest ones. Those
   * of a large page are fewer than asked for: `hasMore` says so.
   */
  'message-history': (payload: HistoryPart, ack: (answer: Ack<History>) => void) => void;
  /**
   * Answers with what was said since the last message that the client has seen, room by room, or
   * that it must reload (`complete` is false): too much was said, it is no longer there, or nothing
   * is stored. Rooms that cannot be read have an `error`; if it is the same of all, it is the
   * answer.
   */
  'catch-up': (payload: LastSeen, ack: (answer: Ack<Missed>) => void) => void;
  /**
   * Tells the others in the room that the sender is writing something. To be sent again every few
   * seconds, as long as that is so.
   */
  typing: (payload: TypingIn, ack?: (answer: Ack<object>) => void) => void;
  /**
   * Asks who is connected, and for a `presence-diff` at each change from now on, instead of
   * `clients-updated`. To be sent after each `connect`, also of a connection that was recovered.
   */
  'presence-subscribe': (payload: Record<string, never>, ack: (answer: Ack<PresenceSnapshot>) => void) => void;
  /**
   * Has the connection go on with another token of the same user, until that ends. One that ends
   * before the present one changes nothing about that.
   */
  'auth-refresh': (payload: AnotherToken, ack: (answer: Ack<Refreshed>) => void) => void;
}

/** Why a connection is not let in. */
export const REFUSALS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'user_unknown',
  'user_inactive',
  'session_limit',
] as const satisfies readonly Code[];

/** Why the server ends a connection that it had let in. */
export const ENDINGS = [
  'token_expired',
  'user_inactive',
  'session_replaced',
  'kicked',
  'rate_limited',
] as const satisfies readonly Code[];

/** Why an event is not done; the connection goes on. */
export const ANSWERS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'user_unknown',
  'user_inactive',
  'invalid_payload',
  'too_large',
  'rate_limited',
  'forbidden',
  'not_found',
  'unavailable',
  'internal',
] as const satisfies readonly Code[];

/**
 * Whether it makes sense to try again: not as it is, with a token that was issued since, or after
 * `retryAfter` seconds (without that: with pauses that grow).
 */
export const RETRY = {
  token_missing: 'with-new-token',
  token_invalid: 'with-new-token',
  token_expired: 'with-new-token',
  user_unknown: 'no',
  user_inactive: 'no',
  session_limit: 'later',
  session_replaced: 'no',
  kicked: 'no',
  invalid_payload: 'no',
  too_large: 'no',
  rate_limited: 'later',
  forbidden: 'no',
  not_found: 'no',
  unavailable: 'later',
  internal: 'later',
} as const satisfies Record<Code, 'no' | 'with-new-token' | 'later'>;
