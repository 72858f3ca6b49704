import type { ReadMarks } from './rooms.ts';

/** Of more rooms, those that were read the longest ago are forgotten. */
const MAX_ROOMS = 500;

/**
 * How far somebody has read, kept in this browser: by the id of the user, so that two people who use
 * it do not share it. It does without if the browser keeps nothing.
 */
export class StoredMarks implements ReadMarks {
  readonly #key: string;
  readonly #storage: Storage | undefined;
  readonly #marks: Map<string, number>;

  constructor(userId: string, storage: Storage | undefined) {
    this.#key = `tertulia.read.${userId}`;
    this.#storage = storage;
    this.#marks = read(storage, this.#key);
  }

  get(room: string): number | undefined {
    return this.#marks.get(room);
  }

  set(room: string, seq: number): void {
    this.#marks.delete(room);
    this.#marks.set(room, seq);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > MAX_ROOMS && oldest !== undefined) this.#marks.delete(oldest);
    try {
      this.#storage?.setItem(this.#key, JSON.stringify([...this.#marks]));
    } catch {
      // It is full or forbidden; then it is known until the page is closed.
    }
  }
}

/** The storage of this browser, unless it may not be used. */
export function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

function read(storage: Storage | undefined, key: string): Map<string, number> {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(key) ?? '[]');
    const isMark = (entry: unknown): entry is [string, number] =>
      Array.isArray(entry) && typeof entry[0] === 'string' && Number.isSafeInteger(entry[1]);
    return new Map(Array.isArray(stored) ? stored.filter(isMark) : []);
  } catch {
    return new Map();
  }
}
