import type { AuthRefresh, MessageAck, OutgoingMessage } from '../src/protocol/events.ts';
import type { Auth, ChatSocket } from '../src/session.ts';

type Handler = (...args: unknown[]) => void;

/** As much of a Socket.IO socket as a session touches, moved by hand. */
export class FakeSocket {
  id: string | undefined;
  connected = false;
  /** Whether it would reconnect by itself. */
  active = true;
  readonly sent: OutgoingMessage[] = [];
  /** The tokens that the connection was to go on with. */
  readonly presented: string[] = [];
  /** Servers of the original do not. */
  knowsRefresh = true;
  /** The answer to what is sent; nothing means that none comes in time. */
  answer: MessageAck | undefined = { ok: true, id: 'm', seq: 1 };
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

  async emitWithAck(event: string, payload: OutgoingMessage | AuthRefresh): Promise<unknown> {
    if (event === 'auth-refresh' && 'token' in payload) {
      this.presented.push(payload.token);
      if (!this.knowsRefresh) throw new Error('operation has timed out');
      return { ok: true, expiresAt: '2100-01-01T00:00:00.000Z' };
    }
    if (event !== 'message-from-client' || !('message' in payload)) {
      throw new Error(`unexpected event ${event}`);
    }
    this.sent.push(payload);
    if (this.answer === undefined) throw new Error('operation has timed out');
    return this.answer;
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
