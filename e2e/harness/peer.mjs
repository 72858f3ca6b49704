// @ts-check
import { Log } from "./log.mjs";

/** A client that writes down everything that happens to it, each event with its arguments. */
export class Peer {
  /** @type {Log<unknown[]>} */
  log = new Log();

  /** @param {string} name */
  events(name) {
    return this.log.entries.filter(([event]) => event === name);
  }

  /**
   * The arguments of the `count`th event of this name.
   * @param {string} name
   * @returns {Promise<any[]>}
   */
  async event(name, count = 1) {
    await this.log.until(() => this.events(name).length >= count, `${name} (${count})`);
    return this.events(name)[count - 1].slice(1);
  }

  /** The names of everything that happened, in order. */
  names() {
    return this.log.entries.map(([event]) => event);
  }
}
