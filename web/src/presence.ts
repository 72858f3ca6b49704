import type { Person, PresenceDiff, PresenceSnapshot } from './protocol/events.ts';

/** Time until a subscription that failed is tried again. */
const RETRY_MS = 5_000;

/**
 * Who is connected: a snapshot, kept up to date by diffs. A diff whose version is not the next one
 * says that some were missed; then a new snapshot is asked for.
 */
export class Presence {
  readonly #subscribe: () => Promise<PresenceSnapshot | undefined>;
  readonly #changed: (people: readonly Person[]) => void;
  readonly #people = new Map<string, Person>();
  #version: number | undefined;
  /** Diffs that came before the snapshot; those that are newer than it count. */
  #early: PresenceDiff[] = [];
  /** Counts connections: an answer to an earlier one is nobody's business any more. */
  #connection = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** `subscribe` never rejects; without an answer it gives nothing. */
  constructor(
    subscribe: () => Promise<PresenceSnapshot | undefined>,
    changed: (people: readonly Person[]) => void,
  ) {
    this.#subscribe = subscribe;
    this.#changed = changed;
  }

  /** To be called for each connection, a recovered one too. */
  connected(): void {
    this.#connection += 1;
    void this.#ask();
  }

  /** Nobody is known any more. */
  disconnected(): void {
    this.#connection += 1;
    this.#forget();
    this.#people.clear();
    this.#changed([]);
  }

  apply(diff: PresenceDiff): void {
    if (this.#version === undefined) {
      this.#early.push(diff);
    } else if (diff.version === this.#version + 1) {
      this.#version = diff.version;
      for (const userId of diff.leaves) this.#people.delete(userId);
      for (const person of diff.joins) this.#people.set(person.userId, person);
      this.#changed([...this.#people.values()]);
    } else if (diff.version > this.#version) {
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    this.#forget();
    const connection = this.#connection;
    const snapshot = await this.#subscribe();
    if (connection !== this.#connection) return;
    if (snapshot === undefined) {
      this.#retry = setTimeout(() => void this.#ask(), RETRY_MS);
      return;
    }
    this.#version = snapshot.version;
    this.#people.clear();
    for (const person of snapshot.people) this.#people.set(person.userId, person);
    this.#changed([...this.#people.values()]);
    for (const diff of this.#early.splice(0)) this.apply(diff);
  }

  #forget(): void {
    clearTimeout(this.#retry);
    this.#version = undefined;
    this.#early = [];
  }
}
