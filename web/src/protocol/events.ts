// Written by hand for now; to be generated from the server's types in a later issue.

/** First argument of `message-from-server`. */
export interface ChatMessage {
  fullName: string;
  message: string;
}

/** Second argument of `message-from-server`; servers of the original system do not send it. */
export interface MessageMeta {
  id: string;
  seq: number;
  room: string;
  userId: string;
  /** RFC 3339, UTC. */
  sentAt: string;
}

/** First argument of `message-from-client`. */
export interface OutgoingMessage {
  message: string;
}

/** What went wrong. `code` is a `Code`, or one that a newer server knows and this page does not. */
export interface Problem {
  code: string;
  message: string;
}

/** The ack of `message-from-client`. */
export type MessageAck = { ok: true; id: string; seq: number } | { ok: false; error: Problem };

/** First argument of `exception`. */
export interface Exception extends Partial<Problem> {
  status: 'error';
  cause?: { pattern: string; data: unknown };
}

/** One connection of a person. */
export interface Connection {
  /** The id of the socket. */
  id: string;
  device: string;
}

/** A user with all their connections. */
export interface Person {
  userId: string;
  fullName: string;
  connections: Connection[];
}

/** The ack of `presence-subscribe`. */
export interface PresenceSnapshot {
  ok: true;
  version: number;
  people: Person[];
}

/** First argument of `presence-diff`. */
export interface PresenceDiff {
  version: number;
  joins: Person[];
  leaves: string[];
}

/** `data` of a `connect_error` that the server sent. */
export type RefusalData = Partial<Problem>;

export interface ServerEvents {
  'clients-updated': (socketIds: string[]) => void;
  'message-from-server': (message: ChatMessage, meta?: MessageMeta) => void;
  'presence-diff': (diff: PresenceDiff) => void;
  exception: (exception: Exception) => void;
}

export interface ClientEvents {
  'message-from-client': (message: OutgoingMessage, ack: (answer: MessageAck) => void) => void;
  'presence-subscribe': (
    payload: Record<string, never>,
    ack: (answer: PresenceSnapshot | { ok: false; error: Problem }) => void,
  ) => void;
}
