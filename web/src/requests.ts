import type { Draft, Outcome } from './model/outbox.ts';
import type {
  Ack,
  Code,
  History,
  HistoryPart,
  Missed,
  PresenceSnapshot,
  RoomMembers,
  RoomState,
} from './protocol/events.ts';
import { explain } from './reasons.ts';
import type { ChatSocket } from './session.ts';

/** An answer of the server, or why there is none. `code` is there if the server has refused. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; why: string; code?: Code; retryAfter?: number | undefined };

/** How long the server may take to answer. */
const ACK_TIMEOUT_MS = 10_000;

/** What the page asks the server over the socket that there is. Nothing of it rejects. */
export class Requests {
  readonly #socket: () => ChatSocket | undefined;

  constructor(socket: () => ChatSocket | undefined) {
    this.#socket = socket;
  }

  /** Sends a message to a room, or to the other one of a room between two people. */
  async send({ room, text, clientMsgId }: Draft, to: string | undefined): Promise<Outcome> {
    const answer = await this.#ask((socket) => {
      if (to !== undefined) {
        const payload = { to: { userId: to }, message: text, clientMsgId };
        return socket.emitWithAck('direct-message', payload);
      }
      const where = room === 'lobby' ? {} : { room };
      return socket.emitWithAck('message-from-client', { message: text, clientMsgId, ...where });
    });
    if (answer.ok) return { kind: 'accepted', ack: answer.value };
    if (answer.code !== undefined) return { kind: 'refused', why: answer.why };
    return { kind: this.#socket()?.connected ? 'unanswered' : 'disconnected' };
  }

  /** Who is connected, and every change from now on. */
  async subscribeToPresence(): Promise<PresenceSnapshot | undefined> {
    const answer = await this.#ask((socket) => socket.emitWithAck('presence-subscribe', {}));
    return answer.ok ? answer.value : undefined;
  }

  history(part: HistoryPart): Promise<Answer<History>> {
    return this.#ask((socket) => socket.emitWithAck('message-history', part));
  }

  /** What was said since the last message that was seen, by the names of rooms. */
  catchUp(rooms: Record<string, number>): Promise<Answer<Missed>> {
    return this.#ask((socket) => socket.emitWithAck('catch-up', { rooms }));
  }

  join(room: string): Promise<Answer<RoomState>> {
    return this.#ask((socket) => socket.emitWithAck('join-room', { room }));
  }

  leave(room: string): Promise<Answer<RoomState>> {
    return this.#ask((socket) => socket.emitWithAck('leave-room', { room }));
  }

  members(room: string): Promise<Answer<RoomMembers>> {
    return this.#ask((socket) => socket.emitWithAck('room-members', { room }));
  }

  /** Tells the others in a room that something is being written, if they can be told now. */
  tellOfWriting(room: string): void {
    const socket = this.#socket();
    if (socket?.connected) socket.volatile.emit('typing', room === 'lobby' ? {} : { room });
  }

  async #ask<T>(ask: (socket: Timed) => Promise<Ack<T>>): Promise<Answer<T>> {
    const socket = this.#socket();
    // Socket.IO would keep it and send it after a reconnection, when nobody expects it any more.
    if (!socket?.connected) return { ok: false, why: 'You are not connected.' };
    try {
      const answer = await ask(socket.timeout(ACK_TIMEOUT_MS));
      if (answer.ok) return { ok: true, value: answer };
      const { code, retryAfter } = answer.error;
      return { ok: false, why: explain(answer.error), code, retryAfter };
    } catch {
      return { ok: false, why: 'The server did not answer.' };
    }
  }
}

type Timed = ReturnType<ChatSocket['timeout']>;
