import { LOBBY } from './model/rooms.ts';
import type { TypingNotice } from './protocol/events.ts';

/** How long someone counts as writing after the last notice of it. */
const FORGET_MS = 6_000;

interface Writer {
  room: string;
  fullName: string;
  forget: ReturnType<typeof setTimeout>;
}

/** Says who is writing something in the open room. Names become text, never markup. */
export class TypingNote {
  readonly #note: HTMLElement;
  readonly #ownUserId: () => string | undefined;
  /** By room and user. */
  readonly #writers = new Map<string, Writer>();
  #room = LOBBY;

  constructor(note: HTMLElement, ownUserId: () => string | undefined) {
    this.#note = note;
    this.#ownUserId = ownUserId;
  }

  /** Another room is open. */
  show(room: string): void {
    this.#room = room;
    this.#render();
  }

  /** Someone is writing, perhaps the own user on another device. */
  heard({ userId, fullName, room }: TypingNotice): void {
    if (userId === this.#ownUserId()) return;
    const key = keyOf(room, userId);
    clearTimeout(this.#writers.get(key)?.forget);
    const forget = setTimeout(() => this.stopped(userId, room), FORGET_MS);
    this.#writers.set(key, { room, fullName, forget });
    this.#render();
  }

  /** Their message has arrived, or they have thought better of it. */
  stopped(userId: string, room = LOBBY): void {
    this.#forget(keyOf(room, userId));
  }

  clear(): void {
    for (const key of [...this.#writers.keys()]) this.#forget(key);
  }

  #forget(key: string): void {
    clearTimeout(this.#writers.get(key)?.forget);
    if (this.#writers.delete(key)) this.#render();
  }

  #render(): void {
    const here = [...this.#writers.values()].filter(({ room }) => room === this.#room);
    const text = sentence(here.map(({ fullName }) => fullName));
    // A screen reader should not hear again what it has just said.
    if (this.#note.textContent !== text) this.#note.textContent = text;
  }
}

function keyOf(room: string, userId: string): string {
  return `${room} ${userId}`;
}

function sentence(names: string[]): string {
  const [first, second] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is writing…`;
  if (names.length === 2) return `${first} and ${second} are writing…`;
  return `${names.length} people are writing…`;
}
