import type { Room, Rooms } from './model/rooms.ts';
import type { History, Missed } from './protocol/events.ts';
import type { Answer } from './requests.ts';

/** How many messages are loaded at once. */
const PAGE = 50;

/** The rooms that may be asked for at once. */
const MAX_ROOMS = 100;

/** Time until what failed is tried again. */
const RETRY_MS = 3_000;

/** The page asks the server through this. Nothing of it rejects. */
export interface Archive {
  history(part: {
    room: string;
    before?: number;
    after?: number;
    limit: number;
  }): Promise<Answer<History>>;
  catchUp(rooms: Record<string, number>): Promise<Answer<Missed>>;
}

export interface SyncListener {
  /** The messages of a room are others than before. */
  changed(room: Room): void;
  /** A room cannot be read any more. */
  lost(room: Room): void;
}

/**
 * Keeps rooms complete: loads the newest page of the open one, catches up with what was missed in the
 * others, and tries again what failed, as long as there is a connection. Of each room one thing is
 * asked at a time.
 */
export class Sync {
  readonly #rooms: Rooms;
  readonly #archive: Archive;
  readonly #listener: SyncListener;
  readonly #busy = new Set<Room>();
  readonly #missed = new Set<Room>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** Counts connections; an answer to an earlier one is nobody's business any more. */
  #connection = 0;
  #isConnected = false;

  constructor(rooms: Rooms, archive: Archive, listener: SyncListener) {
    this.#rooms = rooms;
    this.#archive = archive;
    this.#listener = listener;
  }

  /** To be called for each connection. One that was recovered has missed nothing. */
  connected(isRecovered: boolean): void {
    this.#connection += 1;
    this.#isConnected = true;
    for (const room of this.#rooms.all) {
      if (!isRecovered) room.log.doubt();
      this.check(room);
    }
  }

  disconnected(): void {
    this.#connection += 1;
    this.#isConnected = false;
    this.#busy.clear();
    this.#missed.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Gets what a room lacks. Harmless where it lacks nothing. */
  check(room: Room): void {
    if (!this.#isConnected || this.#busy.has(room) || !room.isJoined) return;
    if (this.#rooms.get(room.name) !== room) return;
    const { need } = room.log;
    if (need === 'missed') this.#enqueue(room);
    if (need !== 'newest') return;
    if (room === this.#rooms.open) void this.#loadNewest(room);
    else room.log.rest();
  }

  /** Loads what was said before. */
  async older(room: Room): Promise<void> {
    if (!this.#isFree(room) || !room.log.hasOlder) return;
    const part = { room: room.name, before: room.log.first, limit: PAGE };
    await this.#load(room, part, (page) => room.log.extendedBack(page.messages, page.hasMore));
  }

  /** Loads what was said after it, for somebody who has read far back. */
  async newer(room: Room): Promise<void> {
    if (!this.#isFree(room) || !room.log.isDetached) return;
    const part = { room: room.name, after: room.log.last, limit: PAGE };
    await this.#load(room, part, (page) => room.log.extendedOn(page.messages, page.hasMore));
  }

  /** Goes to the newest page, for somebody who has read far back. */
  toEnd(room: Room): void {
    if (!room.log.isDetached) return;
    room.log.isHeld = false;
    room.log.reload();
    this.check(room);
  }

  #isFree(room: Room): boolean {
    return this.#isConnected && !this.#busy.has(room) && room.log.need === 'nothing';
  }

  #loadNewest(room: Room): Promise<void> {
    const part = { room: room.name, limit: PAGE };
    return this.#load(room, part, (page) => room.log.loaded(page.messages, page.hasMore));
  }

  async #load(
    room: Room,
    part: Parameters<Archive['history']>[0],
    take: (page: History) => void,
  ): Promise<void> {
    const connection = this.#connection;
    this.#busy.add(room);
    const answer = await this.#archive.history(part);
    if (connection !== this.#connection) return;
    if (answer.ok) {
      this.#busy.delete(room);
      take(answer.value);
      this.#settled(room);
    } else {
      this.#failed(room, answer);
    }
  }

  /** Those that come together are asked for together. */
  #enqueue(room: Room): void {
    this.#busy.add(room);
    this.#missed.add(room);
    if (this.#missed.size > 1) return;
    const connection = this.#connection;
    queueMicrotask(() => {
      if (connection !== this.#connection) return;
      const rooms = [...this.#missed];
      this.#missed.clear();
      while (rooms.length > 0) void this.#catchUp(rooms.splice(0, MAX_ROOMS));
    });
  }

  async #catchUp(rooms: Room[]): Promise<void> {
    const connection = this.#connection;
    const seen = Object.fromEntries(rooms.map(({ name, log }) => [name, log.last]));
    const answer = await this.#archive.catchUp(seen);
    if (connection !== this.#connection) return;
    for (const room of rooms) {
      const missed = answer.ok ? answer.value.rooms[room.name] : undefined;
      if (!answer.ok) this.#failed(room, answer);
      else if (missed === undefined) this.#failed(room, {});
      else if (missed.error !== undefined) this.#failed(room, missed.error);
      else this.#caughtUp(room, missed);
    }
  }

  #caughtUp(room: Room, { messages, complete }: Missed['rooms'][string]): void {
    this.#busy.delete(room);
    const before = room.log.last;
    if (complete) room.log.caughtUp(messages);
    else room.log.reload();
    const isStuck = complete && room.log.need === 'missed' && room.log.last === before;
    if (isStuck) this.#failed(room, {});
    else this.#settled(room);
  }

  #settled(room: Room): void {
    this.#listener.changed(room);
    this.check(room);
  }

  /** It is asked again after a while, unless there is no use. */
  #failed(
    room: Room,
    { code, retryAfter }: { code?: string | undefined; retryAfter?: number | undefined },
  ): void {
    this.#busy.add(room);
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#busy.delete(room);
        this.check(room);
      },
      Math.max(RETRY_MS, (retryAfter ?? 0) * 1_000),
    );
    this.#timers.add(timer);
    if (code === 'forbidden' || code === 'not_found') this.#listener.lost(room);
  }
}
