import type {
  Ack,
  AnotherToken,
  Code,
  Exception,
  MessageAck,
  NewMessage,
} from '../src/protocol/events.ts';
import type { Auth, ChatSocket } from '../src/session.ts';

/** The answer to a message that was published. */
export function accepted(seq: number): Ack<MessageAck> {
  return { ok: true, id: 'm', seq, room: 'lobby', sentAt: '2025-06-01T10:00:00.000Z' };
}

/** What went wrong with an event, or with the `connection`. */
export function exception(code: Code, pattern: string): Exception {
  return { status: 'error', code, message: 'x', cause: { pattern, data: null } };
}

type Handler = (...args: unknown[]) => void;

/** As much of a Socket.IO socket as a session touches, moved by hand. */
export class FakeSocket {
  id: string | undefined;
  connected = false;
  recovered = false;
  /** Whether it would reconnect by itself. */
  active = true;
  readonly sent: NewMessage[] = [];
  /** The tokens that the connection was to go on with. */
  readonly presented: string[] = [];
  /** Servers of the original do not. */
  knowsRefresh = true;
  /** The answer to what is sent; nothing means that none comes in time. */
  answer: Ack<MessageAck> | undefined = accepted(1);
  #handlers = new Map<string, Handler[]>();
  readonly #auth: Auth;

  constructor(auth: Auth) {
    this.#auth = auth;
  }

  on(event: string, handler: Handler): this {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
    return this;
  }

  removeAllListeners(): this {
    this.#handlers.clear();
    return this;
  }

  disconnect(): this {
    this.connected = false;
    this.active = false;
    return this;
  }

  timeout(): this {
    return this;
  }

  /** Answers everything else; nothing means that no answer comes in time. */
  ask: (event: string, payload: object) => unknown = () => undefined;

  async emitWithAck(event: string, payload: NewMessage | AnotherToken): Promise<unknown> {
    if (event === 'auth-refresh' && 'token' in payload) {
      this.presented.push(payload.token);
      if (!this.knowsRefresh) throw new Error('operation has timed out');
      return { ok: true, expiresAt: '2100-01-01T00:00:00.000Z' };
    }
    const answer = this.ask(event, payload);
    if (answer !== undefined) return answer;
    if (event !== 'message-from-client' || !('message' in payload)) {
      throw new Error('operation has timed out');
    }
    this.sent.push(payload);
    if (this.answer === undefined) throw new Error('operation has timed out');
    return this.answer;
  }

  /** How often the others were told that something is being written. */
  notices = 0;

  get volatile(): this {
    return this;
  }

  /** Where that was. */
  noticedIn: unknown[] = [];

  emit(event: string, payload: object): this {
    if (event !== 'typing') throw new Error(`unexpected event ${event}`);
    this.notices += 1;
    this.noticedIn.push(payload);
    return this;
  }

  handlerCount(event: string): number {
    return this.#handlers.get(event)?.length ?? 0;
  }

  /** What the server or the transport does. */
  receive(event: string, ...args: unknown[]): void {
    for (const handler of this.#handlers.get(event) ?? []) handler(...args);
  }

  /** Connects, and returns the token that it offered. */
  accept(id: string): string {
    let offered = '';
    this.#auth(({ token }) => {
      offered = token;
    });
    this.id = id;
    this.connected = true;
    this.receive('connect');
    return offered;
  }

  /** The server's DISCONNECT packet. */
  end(): void {
    this.connected = false;
    this.active = false;
    this.receive('disconnect', 'io server disconnect');
  }

  /** The transport breaks. */
  lose(): void {
    this.connected = false;
    this.receive('disconnect', 'transport close');
  }
}

/** Opens fake sockets and keeps them, in order. */
export function fakeSockets(): { opened: FakeSocket[]; open: (auth: Auth) => ChatSocket } {
  const opened: FakeSocket[] = [];
  const open = (auth: Auth): ChatSocket => {
    const socket = new FakeSocket(auth);
    opened.push(socket);
    return socket as unknown as ChatSocket;
  };
  return { opened, open };
}

/** A token with these claims and no real signature. */
export function unsignedToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.signature`;
}
