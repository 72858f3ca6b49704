// @ts-check

/** @typedef {import("./ask.mjs").Message} Message */

/** What a client knows of one room: what was said after `start`, without a gap. */
export class Followed {
  /** @type {Message[]} */
  messages = [];
  /** What came before something that is missing. @type {Map<number, Message>} */
  #later = new Map();
  /** The number of the last one that was announced on this connection. @type {number | undefined} */
  #announced;
  /** What is announced first must have at most this number. @type {number | undefined} */
  #firstBy;

  /** Whether the user may have left it by now. */
  isLeaving = false;

  /**
   * @param {number} start
   * @param {boolean} isSteady Whether each that is announced has to follow upon the last one. That is
   *   not so on a connection on which the user has left before.
   */
  constructor(start, isSteady) {
    this.start = start;
    this.isSteady = isSteady;
  }

  /** The number up to which nothing is missing. */
  get last() {
    return this.start + this.messages.length;
  }

  /** A connection that knows nothing of the one before. */
  connected() {
    this.isSteady = !this.isLeaving;
    this.#announced = undefined;
    this.#firstBy = undefined;
  }

  /** The user leaves: some of what is announced may not come any more. */
  leaving() {
    this.isLeaving = true;
    this.isSteady = false;
  }

  /** From now on everything has to be announced. @param {number} seq What was said last. */
  completeTo(seq) {
    if (this.#announced === undefined) this.#firstBy = seq + 1;
  }

  /**
   * A message was announced. Says what is wrong about that.
   * @param {Message} message
   */
  announced({ room, seq }) {
    const [last, firstBy] = [this.#announced, this.#firstBy];
    this.#announced = seq;
    if (!this.isSteady) return undefined;
    if (last !== undefined && seq !== last + 1) return `${room}:${seq} announced after ${last}`;
    if (last === undefined && firstBy !== undefined && seq > firstBy) {
      return `${room}:${seq} announced first, ${firstBy} is missing`;
    }
    return undefined;
  }

  /**
   * Takes in a message, from wherever, and says whether something before it is missing.
   * @param {Message} message
   */
  take(message) {
    if (message.seq > this.last) this.#later.set(message.seq, message);
    for (let next; (next = this.#later.get(this.last + 1)); ) {
      this.#later.delete(next.seq);
      this.messages.push(next);
    }
    return this.#later.size > 0;
  }

  /** What was taken in under this number. @param {number} seq */
  at(seq) {
    return this.messages[seq - this.start - 1] ?? this.#later.get(seq);
  }
}
