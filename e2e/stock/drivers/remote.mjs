// @ts-check
// A stock client in another process: what all of them have in common.
import { within } from "../../harness/deadline.mjs";
import { StockPeer } from "./driver.mjs";
import { pack, unpack } from "./wire.mjs";

/**
 * Sends a command about a peer, and resolves with what it answers.
 * @typedef {(command: "emit" | "call" | "leave", peer: number, args: unknown[]) => Promise<any>} Send
 */

/** Peers by number, and what is reported of them. */
export class Registry {
  /** @type {Map<number, StockPeer>} */
  #peers = new Map();

  /**
   * @param {number} count
   * @param {Send} send
   */
  add(count, send) {
    const added = Array.from({ length: count }, () => {
      const number = this.#peers.size;
      const peer = new RemotePeer(number, send);
      this.#peers.set(number, peer);
      return peer;
    });
    return added;
  }

  /**
   * @param {number} peer
   * @param {unknown[]} entry
   */
  report(peer, entry) {
    this.#peers.get(peer)?.log.push(unpack(entry));
  }
}

export class RemotePeer extends StockPeer {
  #send;

  /**
   * @param {number} number
   * @param {Send} send
   */
  constructor(number, send) {
    super();
    this.number = number;
    this.#send = send;
  }

  /**
   * @param {string} event
   * @param {unknown[]} args
   */
  emit(event, ...args) {
    void this.#send("emit", this.number, [event, ...args.map(pack)]);
  }

  /**
   * @param {string} event
   * @param {unknown[]} args
   */
  async call(event, ...args) {
    const answer = this.#send("call", this.number, [event, ...args.map(pack)]);
    return unpack(await within(answer, `the answer to ${event}`));
  }

  leave() {
    void this.#send("leave", this.number, []);
  }
}
