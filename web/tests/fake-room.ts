import type { History, MissedIn, StoredMessage } from '../src/protocol/events.ts';

const MAX_MISSED = 500;

/** A message of a room. */
export function message(seq: number, over: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id: `m${seq}`,
    seq,
    room: 'lobby',
    userId: 'user-2',
    fullName: 'Berta',
    message: `text ${seq}`,
    sentAt: '2025-06-01T10:00:00.000Z',
    ...over,
  };
}

/** Messages with these numbers, both included. */
export function messages(from: number, to: number): StoredMessage[] {
  return Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
}

/** A room as the server keeps it, and its answers. */
export class FakeRoom {
  readonly name: string;
  kept: StoredMessage[] = [];
  lastSeq = 0;
  /** How often it has begun to count from 1. */
  #age = 0;

  constructor(name = 'lobby', count = 0) {
    this.name = name;
    while (this.lastSeq < count) this.say();
  }

  say(over: Partial<StoredMessage> = {}): StoredMessage {
    this.lastSeq += 1;
    const id = `${this.name} ${this.#age} ${this.lastSeq}`;
    const said = message(this.lastSeq, { room: this.name, id, ...over });
    this.kept.push(said);
    return said;
  }

  /** Removes all but the last ones. */
  prune(count: number): void {
    this.kept = this.kept.slice(Math.max(0, this.kept.length - count));
  }

  /** Forgets everything, and counts from 1 again. */
  reset(): void {
    this.#age += 1;
    this.kept = [];
    this.lastSeq = 0;
  }

  history({
    before,
    after,
    limit = 50,
  }: Partial<Record<'before' | 'after' | 'limit', number>>): History {
    const part = this.kept.filter(
      ({ seq }) => seq < (before ?? Number.MAX_SAFE_INTEGER) && seq > (after ?? 0),
    );
    const page = after === undefined ? part.slice(-limit) : part.slice(0, limit);
    return { messages: page, hasMore: page.length < part.length };
  }

  missed(seen: number): MissedIn {
    const part = this.kept.filter(({ seq }) => seq > seen);
    const isWhole = part.length === 0 ? seen === this.lastSeq : part[0]?.seq === seen + 1;
    if (!isWhole || part.length > MAX_MISSED) return { messages: [], complete: false };
    return { messages: part, complete: true };
  }
}
