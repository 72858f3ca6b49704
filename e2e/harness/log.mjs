// @ts-check
import { within } from "./deadline.mjs";

/**
 * A list that grows, and that one can wait on.
 * @template T
 */
export class Log {
  /** @type {T[]} */
  entries = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {T} entry */
  push(entry) {
    this.entries.push(entry);
    for (const look of this.#waiting) look();
  }

  /**
   * The first entry for which `found` holds, from now or from before.
   * @param {(entry: T) => boolean} found
   * @param {string} what
   * @returns {Promise<T>}
   */
  async find(found, what) {
    await this.until(() => this.entries.some(found), what);
    return /** @type {T} */ (this.entries.find(found));
  }

  /**
   * Waits until a condition on the entries holds.
   * @param {() => boolean} holds
   * @param {string} what
   * @param {number} [millis]
   */
  async until(holds, what, millis) {
    if (holds()) return;
    /** @type {() => void} */
    let look = () => {};
    const held = new Promise((resolve) => {
      look = () => holds() && resolve(undefined);
      this.#waiting.add(look);
    });
    try {
      await within(held, what, millis);
    } catch (error) {
      const seen = this.entries.map((entry) => JSON.stringify(entry)).join("\n  ");
      throw new Error(`${/** @type {Error} */ (error).message}; seen:\n  ${seen}`);
    } finally {
      this.#waiting.delete(look);
    }
  }
}
