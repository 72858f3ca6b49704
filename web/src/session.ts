import { io, type Socket } from 'socket.io-client';
import type {
  ChatMessage,
  ClientToServerEvents,
  Exception,
  MessageMeta,
  PresenceDiff,
  RefusalData,
  ServerToClientEvents,
  TypingNotice,
} from './protocol/events.ts';
import { explain, explainLoss, type Problem } from './reasons.ts';
import { Requests } from './requests.ts';

export type ChatSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** Asked at every connection attempt, so that a reconnection carries the current token. */
export type Auth = (answer: (data: { token: string }) => void) => void;

export type ConnectionState =
  | { kind: 'offline' }
  | { kind: 'connecting' }
  /** One that was recovered gets what it has missed by itself. */
  | { kind: 'connected'; socketId: string; isRecovered: boolean }
  | { kind: 'reconnecting'; why: string }
  | { kind: 'ended'; why: string };

/** What the rest of the page hears from a session. */
export interface SessionListener {
  stateChanged(state: ConnectionState): void;
  presenceChanged(diff: PresenceDiff): void;
  messageArrived(message: ChatMessage, meta: MessageMeta | undefined): void;
  typingHeard(notice: TypingNotice): void;
  /** The token is about to end; the connection goes on with another one, if there is one soon. */
  tokenExpiring(): void;
  /** Something that was sent has not been carried out; the connection goes on. */
  problemReported(why: string): void;
}

/** How long the server may take to confirm another token. */
const ACK_TIMEOUT_MS = 10_000;

/** A socket to the server that the page came from. */
export function openSocket(auth: Auth): ChatSocket {
  // Each session has its own transport: sharing one would tie a new token to the old connection.
  return io({ auth, forceNew: true });
}

/** The connection to the server: at most one socket at a time, the newest wins. */
export class Session {
  /** What can be asked over the present socket. */
  readonly requests = new Requests(() => this.#socket);
  readonly #open: (auth: Auth) => ChatSocket;
  readonly #listener: SessionListener;
  #socket: ChatSocket | undefined;
  #token = '';
  /** The token that the server knows: that of the last connection attempt, or a later one. */
  #offeredToken = '';
  /** The `exception` that announces a disconnection comes before it. */
  #announced: Problem | undefined;

  constructor(listener: SessionListener, open: (auth: Auth) => ChatSocket = openSocket) {
    this.#listener = listener;
    this.#open = open;
  }

  /** Connects with this token, in place of the connection there may be. */
  connect(token: string): void {
    this.#drop();
    this.#token = token;
    this.#listener.stateChanged({ kind: 'connecting' });
    this.#socket = this.#open((answer) => {
      this.#offeredToken = this.#token;
      answer({ token: this.#token });
    });
    this.#listen(this.#socket);
  }

  /** Goes on with this token, which the next reconnection carries, too. */
  renewToken(token: string): void {
    this.#token = token;
    if (this.#socket?.connected) void this.#present(this.#socket);
  }

  /** Leaves, as the person asked. */
  disconnect(): void {
    if (this.#socket === undefined) return;
    this.#drop();
    this.#end('You have left.');
  }

  #listen(socket: ChatSocket): void {
    socket.on('connect', () => {
      this.#announced = undefined;
      this.#listener.stateChanged({
        kind: 'connected',
        socketId: socket.id ?? '',
        isRecovered: socket.recovered,
      });
    });
    socket.on('disconnect', (reason) => this.#disconnected(socket, reason));
    socket.on('connect_error', (error) => this.#notConnected(socket, error));
    socket.on('exception', (exception) => this.#excepted(exception));
    socket.on('presence-diff', (diff) => this.#listener.presenceChanged(diff));
    socket.on('auth-expiring', () => {
      if (this.#token === this.#offeredToken) this.#listener.tokenExpiring();
      else void this.#present(socket);
    });
    socket.on('typing', (notice) => this.#listener.typingHeard(notice));
    socket.on('message-from-server', (message, meta) => {
      this.#listener.messageArrived(message, typeof meta === 'object' ? meta : undefined);
    });
  }

  /** An active socket comes back by itself; after a DISCONNECT of the server it does not. */
  #disconnected(socket: ChatSocket, reason: string): void {
    if (socket.active) {
      this.#listener.stateChanged({ kind: 'reconnecting', why: explainLoss(reason) });
    } else if (this.#announced?.code === 'token_expired' && this.#token !== this.#offeredToken) {
      this.connect(this.#token);
    } else {
      this.#end(explain(this.#announced ?? { message: 'The server closed the connection.' }));
    }
  }

  #notConnected(socket: ChatSocket, error: Error & { data?: Partial<RefusalData> }): void {
    if (socket.active) {
      this.#listener.stateChanged({ kind: 'reconnecting', why: explainLoss('unreachable') });
    } else {
      this.#end(explain({ message: error.message, ...error.data }));
    }
  }

  #excepted(exception: Exception): void {
    if (exception.cause.pattern === 'connection') {
      this.#announced = exception;
    } else {
      this.#listener.problemReported(explain(exception));
    }
  }

  /** Shows the server the present token. If that fails, the connection ends and the next one does. */
  async #present(socket: ChatSocket): Promise<void> {
    const token = this.#token;
    try {
      const answer = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck('auth-refresh', { token });
      if (answer.ok && this.#socket === socket) this.#offeredToken = token;
    } catch {
      // A server of the original does not answer.
    }
  }

  #end(why: string): void {
    this.#drop();
    this.#listener.stateChanged({ kind: 'ended', why });
  }

  #drop(): void {
    this.#socket?.removeAllListeners();
    this.#socket?.disconnect();
    this.#socket = undefined;
    this.#announced = undefined;
  }
}
