import type { MessageMeta, StoredMessage } from '../protocol/events.ts';
import type { ListedRoom } from '../protocol/rest.ts';
import { RoomLog } from './room-log.ts';

/** The room that everyone is in. */
export const LOBBY = 'lobby';

/** Somebody else. */
export interface Companion {
  userId: string;
  fullName: string;
}

/** One room, as its user sees it. */
export interface Room {
  readonly name: string;
  /** The other one, if it is between two people. */
  companion: Companion | undefined;
  isJoined: boolean;
  readonly log: RoomLog;
  /** The number of the last message that was read. */
  lastRead: number;
}

/** Where it is kept how far somebody has read. */
export interface ReadMarks {
  get(room: string): number | undefined;
  set(room: string, seq: number): void;
}

/** What two people have among themselves, as the server calls it. */
export function directName(one: string, other: string): string {
  const [lesser, greater] = one < other ? [one, other] : [other, one];
  return `direct:${lesser}:${greater}`;
}

/** The id of the one whom somebody talks to in a room between two people. */
export function companionIn(room: string, ownUserId: string): string | undefined {
  const [kind, one, other] = room.split(':');
  if (kind !== 'direct') return undefined;
  return one === ownUserId ? other : one;
}

/** The rooms of one user, one of which is open, and how far each was read. */
export class Rooms {
  readonly ownUserId: string;
  readonly #marks: ReadMarks;
  readonly #rooms = new Map<string, Room>();
  #open: Room;

  constructor(ownUserId: string, marks: ReadMarks) {
    this.ownUserId = ownUserId;
    this.#marks = marks;
    this.#open = this.#add(LOBBY, true, this.#marks.get(LOBBY) ?? 0);
  }

  /** The lobby, the others by name, and then people by theirs. */
  get all(): Room[] {
    return [...this.#rooms.values()].sort((one, other) => byPlace(one, other));
  }

  get open(): Room {
    return this.#open;
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** Takes over what the server lists. Rooms that it does not list are gone, those of people are not. */
  listed(list: readonly ListedRoom[]): void {
    for (const { room: name, joined, lastSeq, direct } of list) {
      // What was said in a room before one came to know it is no news, unless it was said to oneself.
      // A mark beyond its end is from before it began to count from 1 again.
      const begin = Math.min(this.#begin(name, lastSeq), lastSeq);
      const room = this.#rooms.get(name) ?? this.#add(name, joined, begin);
      if (joined && direct === undefined) this.#read(room, room.isJoined ? room.lastRead : lastSeq);
      room.isJoined = joined;
      room.companion = direct ?? room.companion;
      room.log.noticed(lastSeq);
    }
    const names = new Set(list.map(({ room }) => room));
    for (const room of this.#rooms.values()) {
      if (!room.isJoined && room === this.#open) this.#show(LOBBY);
      const isThere = names.has(room.name) || room.name === LOBBY || room.companion !== undefined;
      if (!isThere) this.remove(room.name);
    }
  }

  /** A room that the user has become a member of. */
  joined(name: string, lastSeq: number): Room {
    const room = this.#rooms.get(name) ?? this.#add(name, true, lastSeq);
    room.isJoined = true;
    room.log.noticed(lastSeq);
    this.#read(room, lastSeq);
    return room;
  }

  /** What one has with somebody, be it that nothing was said yet. */
  direct(companion: Companion): Room {
    const name = directName(this.ownUserId, companion.userId);
    const room = this.#rooms.get(name) ?? this.#add(name, true, this.#begin(name, 0));
    room.companion = companion;
    return room;
  }

  /** Takes over what was said just now. Says whether the room was known. */
  arrived(message: StoredMessage, meta: MessageMeta): { room: Room; isKnown: boolean } {
    const known = this.#rooms.get(message.room);
    const room = known ?? this.#add(message.room, true, this.#begin(message.room, message.seq - 1));
    const isOwn = message.userId === this.ownUserId;
    if (meta.direct && !isOwn) {
      room.companion = { userId: message.userId, fullName: message.fullName };
    }
    room.log.arrive(message);
    // A room that counts from 1 again has not been read that far.
    if (room.lastRead > room.log.newest) room.lastRead = room.log.newest - 1;
    // Who says something has read what was there.
    if (isOwn) this.#read(room, message.seq);
    return { room, isKnown: known !== undefined };
  }

  /** Opens a room, and leaves the one that was open. */
  show(room: Room): void {
    if (room === this.#open) return;
    this.#open.log.rest();
    this.#open = room;
  }

  /** The open room was read to its end. */
  readToEnd(): void {
    if (!this.#open.log.isDetached) this.#read(this.#open, this.#open.log.newest);
  }

  unread(room: Room): number {
    return room.isJoined ? Math.max(0, room.log.newest - room.lastRead) : 0;
  }

  /** Forgets a room; if it was open, the lobby is. */
  remove(name: string): void {
    const room = this.#rooms.get(name);
    if (room === undefined || name === LOBBY) return;
    if (room === this.#open) this.#show(LOBBY);
    this.#rooms.delete(name);
  }

  #show(name: string): void {
    const room = this.#rooms.get(name);
    if (room !== undefined) this.show(room);
  }

  #begin(name: string, otherwise: number): number {
    return this.#marks.get(name) ?? (name.startsWith('direct:') ? 0 : otherwise);
  }

  #add(name: string, isJoined: boolean, lastRead: number): Room {
    const room = { name, companion: undefined, isJoined, log: new RoomLog(), lastRead };
    this.#rooms.set(name, room);
    return room;
  }

  #read(room: Room, seq: number): void {
    if (seq <= room.lastRead && this.#marks.get(room.name) !== undefined) return;
    room.lastRead = Math.max(room.lastRead, seq);
    this.#marks.set(room.name, room.lastRead);
  }
}

function byPlace(one: Room, other: Room): number {
  const place = (room: Room) => (room.name === LOBBY ? 0 : room.companion === undefined ? 1 : 2);
  return place(one) - place(other) || titleOf(one).localeCompare(titleOf(other));
}

/** What a room is called on the page. */
export function titleOf({ name, companion }: Room): string {
  if (name === LOBBY) return 'Lobby';
  if (companion !== undefined) return companion.fullName || 'A former member';
  return name.startsWith('direct:') ? 'Somebody' : name;
}
