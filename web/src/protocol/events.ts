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

/** First argument of `auth-expiring`: the token of the connection is about to end. */
export interface AuthExpiring {
  /** RFC 3339, UTC. */
  expiresAt: string;
  secondsLeft: number;
}

/** First argument of `session-replaced`, before the end of a connection. */
export interface SessionReplaced {
  code: string;
  /** What has taken its place. */
  device: 'desktop' | 'mobile';
}

/** First argument of `auth-refresh`: another token of the same user. */
export interface AuthRefresh {
  token: string;
}

/** The ack of `auth-refresh`. */
export type RefreshAck = { ok: true; expiresAt: string } | { ok: false; error: Problem };

/** `data` of a `connect_error` that the server sent. */
export type RefusalData = Partial<Problem>;

export interface ServerEvents {
  'clients-updated': (socketIds: string[]) => void;
  'message-from-server': (message: ChatMessage, meta?: MessageMeta) => void;
  exception: (exception: Exception) => void;
  'auth-expiring': (notice: AuthExpiring) => void;
  'session-replaced': (replaced: SessionReplaced) => void;
}

export interface ClientEvents {
  'message-from-client': (message: OutgoingMessage, ack: (answer: MessageAck) => void) => void;
  'auth-refresh': (refresh: AuthRefresh, ack: (answer: RefreshAck) => void) => void;
}
