// @ts-check
import { randomInt } from "node:crypto";

/** Randomness that a seed determines (mulberry32). */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = seed;
  }

  /** A number below `bound`. @param {number} bound */
  below(bound) {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  /** @template T @param {readonly T[]} values @returns {T} */
  choice(values) {
    return values[this.below(values.length)];
  }

  /** @template T @param {number} most @param {() => T} make @returns {T[]} */
  several(most, make) {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

/** The seed that a failed test has named in `E2E_SEED`, or a new one. */
export const seed = Number(process.env.E2E_SEED ?? randomInt(2 ** 31));
