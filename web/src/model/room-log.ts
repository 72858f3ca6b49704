import type { StoredMessage } from '../protocol/events.ts';

/** The messages of a room that are kept at most; the others are loaded again when they are wanted. */
export const MAX_MESSAGES = 500;

/** Those that are kept of a room that nobody looks at. */
const MAX_UNSEEN = 100;

/** Those that are kept until the ones before them are there; without them they are asked for again. */
const MAX_AHEAD = 50;

/** What a log lacks: the newest page, what was said since its last message, or nothing. */
export type Need = 'newest' | 'missed' | 'nothing';

/**
 * What was said in a room, as far as it is known: one run of messages whose numbers have no gap. What
 * arrives after a gap waits until the gap is filled, so that a run is always in order, and each
 * message in it once.
 *
 * A run usually reaches to the newest message. It is detached if it does not, because someone reads
 * far back; then what arrives is only counted.
 *
 * Of a room that is not stored there are no pages; then what arrives is all there is.
 */
export class RoomLog {
  /** The reader is somewhere above the end: nothing may be taken away there. */
  isHeld = false;
  #run: StoredMessage[] = [];
  readonly #ids = new Set<string>();
  readonly #ahead = new Map<number, StoredMessage>();
  /** Some of those that waited had to go. */
  #hasDropped = false;
  /** The number up to which the run goes. */
  #last = 0;
  #newest = 0;
  #isLoaded = false;
  #mustReload = false;
  #isUnsure = false;
  #hasOlder = false;
  #isDetached = false;

  /** In order. As long as no page is there, what has arrived has to do. */
  get messages(): readonly StoredMessage[] {
    return this.#isLoaded ? this.#run : this.#inOrder();
  }

  /** The highest number that is known to have been given. */
  get newest(): number {
    return this.#newest;
  }

  /** The number of the last message of the run. */
  get last(): number {
    return this.#last;
  }

  get first(): number {
    return this.#run[0]?.seq ?? this.#last + 1;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get hasOlder(): boolean {
    return this.#isLoaded && this.#hasOlder;
  }

  /** There are newer ones, which are not here because someone reads far back. */
  get isDetached(): boolean {
    return this.#isDetached;
  }

  get need(): Need {
    if (!this.#isLoaded || this.#mustReload) return 'newest';
    if (this.#isDetached) return 'nothing';
    return this.#isUnsure || this.#last < this.#newest ? 'missed' : 'nothing';
  }

  has(id: string): boolean {
    return this.#ids.has(id) || this.#inOrder().some((message) => message.id === id);
  }

  /** A message that was said just now. */
  arrive(message: StoredMessage): void {
    if (this.has(message.id)) return;
    const isLive = this.#isLoaded && !this.#mustReload && !this.#isDetached;
    if (isLive && message.seq <= this.#last) {
      // The room counts from 1 again, as one does that is not stored when the server restarts.
      this.#ahead.clear();
      this.#newest = message.seq;
      this.#mustReload = true;
    }
    this.noticed(message.seq);
    if (this.#isDetached && !this.#mustReload) return;
    this.#wait(message);
    if (this.need !== 'newest') this.#drain();
  }

  /** The number of a message that was said is known, and the message perhaps not. */
  noticed(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
  }

  /** Something may have been missed. */
  doubt(): void {
    this.#isUnsure = true;
  }

  /** What is here counts no more as soon as the newest page is there. */
  reload(): void {
    this.#mustReload = true;
  }

  /** The newest page. */
  loaded(page: readonly StoredMessage[], hasMore: boolean): void {
    const isStale = page.length === 0 && this.#hasDropped;
    this.#hasDropped = false;
    // There was nothing when the server answered, and there may be by now what had to go since.
    if (isStale) return;
    this.#isLoaded = true;
    this.#mustReload = false;
    this.#isUnsure = false;
    this.#isDetached = false;
    this.#hasOlder = hasMore;
    const newest = page.at(-1);
    if (newest === undefined) {
      // Nothing is stored: what was here is all there is, and goes on with what has arrived since.
      const [next] = this.#inOrder();
      this.#last = next === undefined ? this.#newest : next.seq - 1;
    } else {
      this.#run = [...page];
      this.#ids.clear();
      for (const { id } of page) this.#ids.add(id);
      this.#last = newest.seq;
      this.noticed(newest.seq);
    }
    this.#drain();
  }

  /** Everything that was said since the last message, as the server knew it when it was asked. */
  caughtUp(messages: readonly StoredMessage[]): void {
    this.#isUnsure = false;
    for (const message of messages) {
      this.noticed(message.seq);
      if (!this.#ids.has(message.id) && !this.#append(message)) break;
    }
    this.#drain();
    // More was known of than there is, unless something has arrived in the meantime.
    if (!this.#isDetached && this.#ahead.size === 0) this.#newest = this.#last;
  }

  /** The page before the first message. */
  extendedBack(page: readonly StoredMessage[], hasMore: boolean): void {
    this.#hasOlder = hasMore && page.length > 0;
    const before = page.at(-1);
    if (before === undefined) return;
    if (before.seq !== this.first - 1) {
      this.#mustReload = true;
      return;
    }
    for (const { id } of page) this.#ids.add(id);
    this.#run = [...page, ...this.#run];
    const surplus = this.#run.splice(MAX_MESSAGES);
    if (surplus.length > 0) this.#detach(surplus);
  }

  /** The page after the last message. */
  extendedOn(page: readonly StoredMessage[], hasMore: boolean): void {
    this.isHeld = false;
    for (const message of page) {
      this.noticed(message.seq);
      if (!this.#ids.has(message.id)) this.#append(message);
    }
    this.#isDetached = hasMore;
  }

  /** Nobody looks at it any more. */
  rest(): void {
    this.isHeld = false;
    if (this.#isDetached || this.#mustReload) this.#unload();
    else this.#trim(MAX_UNSEEN);
  }

  /** Appends what comes next; else the page has to be loaded, or the reader to come back. */
  #append(message: StoredMessage): boolean {
    if (message.seq !== this.#last + 1) {
      this.#mustReload = true;
      return false;
    }
    if (this.isHeld && this.#run.length >= MAX_MESSAGES) {
      this.#detach([]);
      return false;
    }
    this.#run.push(message);
    this.#ids.add(message.id);
    this.#last = message.seq;
    this.#trim(MAX_MESSAGES);
    return true;
  }

  #wait(message: StoredMessage): void {
    this.#ahead.set(message.seq, message);
    if (this.#ahead.size <= MAX_AHEAD) return;
    this.#ahead.delete(Math.min(...this.#ahead.keys()));
    this.#hasDropped = true;
  }

  /** Takes what has waited, as far as it comes next. */
  #drain(): void {
    for (const message of this.#inOrder()) {
      if (message.seq > this.#last + 1 || this.#isDetached) break;
      this.#ahead.delete(message.seq);
      if (message.seq > this.#last) this.#append(message);
    }
  }

  #inOrder(): StoredMessage[] {
    return [...this.#ahead.values()].sort((one, other) => one.seq - other.seq);
  }

  #detach(surplus: readonly StoredMessage[]): void {
    for (const { id } of surplus) this.#ids.delete(id);
    this.#last = this.#run.at(-1)?.seq ?? this.#last;
    this.#ahead.clear();
    this.#isDetached = true;
  }

  #trim(most: number): void {
    const surplus = this.#run.splice(0, Math.max(0, this.#run.length - most));
    for (const { id } of surplus) this.#ids.delete(id);
    // Of a room that is not stored this leads to an empty page once, and then it is known.
    if (surplus.length > 0) this.#hasOlder = true;
  }

  #unload(): void {
    this.#run = [];
    this.#ids.clear();
    this.#last = 0;
    this.#isLoaded = false;
    this.#mustReload = false;
    this.#isDetached = false;
  }
}
