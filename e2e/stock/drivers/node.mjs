// @ts-check
// socket.io-client in this process.
import { Manager as Manager48 } from "socket.io-client";
import { Manager as Manager40 } from "socket.io-client-4.0";
import { Manager as Manager31 } from "socket.io-client-3.1";
import * as msgpackParser from "socket.io-msgpack-parser";
import { within } from "../../harness/deadline.mjs";
import { StockPeer } from "./driver.mjs";

/** @typedef {import("./driver.mjs").Driver} Driver */

class NodePeer extends StockPeer {
  /** @param {import("socket.io-client").Socket} socket */
  constructor(socket) {
    super();
    this.socket = socket;
    const isData = (/** @type {unknown} */ value) => typeof value !== "function";
    socket.onAny((...event) => this.log.push(event.filter(isData)));
    socket.on("question", (...args) => args.pop()(...args));
    socket.on("connect", () => this.log.push(["*connect", socket.id]));
    socket.on("disconnect", (reason) => this.log.push(["*disconnect", reason]));
    socket.on("connect_error", (error) => {
      const { data } = /** @type {Error & { data?: unknown }} */ (error);
      this.log.push(["*connect_error", error.message, data]);
    });
    socket.io.on("open", () => {
      socket.io.engine.once("upgrade", () => this.log.push(["*upgrade"]));
    });
  }

  /**
   * @param {string} event
   * @param {unknown[]} args
   */
  emit(event, ...args) {
    this.socket.emit(event, ...args);
  }

  /**
   * @param {string} event
   * @param {unknown[]} args
   * @returns {Promise<any[]>}
   */
  call(event, ...args) {
    const answer = new Promise((resolve) => {
      this.socket.emit(event, ...args, (/** @type {unknown[]} */ ...values) => resolve(values));
    });
    return within(answer, `the answer to ${event}`);
  }

  leave() {
    this.socket.disconnect();
  }
}

/**
 * @param {string} name
 * @param {typeof Manager48} Manager
 * @param {{ parser?: unknown }} [more]
 * @returns {Driver}
 */
function driver(name, Manager, more = {}) {
  return {
    name,
    parser: more.parser === undefined ? "default" : "msgpack",
    isOrdered: true,
    reason: (reason) => reason,
    open: async (t, url, { namespaces, query = "", headers, auth, ...options }) => {
      const manager = new Manager(url + query, {
        reconnectionDelay: 50,
        extraHeaders: headers,
        ...more,
        ...options,
      });
      const peers = namespaces.map((path) => new NodePeer(manager.socket(path, { auth })));
      t.after(() => {
        for (const { socket } of peers) socket.disconnect();
      });
      return peers;
    },
    end: async () => {},
  };
}

export const node48 = driver("socket.io-client 4.8 (Node)", Manager48);
export const node40 = driver("socket.io-client 4.0 (Node)", Manager40);
export const node31 = driver("socket.io-client 3.1 (Node)", Manager31);
export const msgpack48 = driver("socket.io-client 4.8, msgpack (Node)", Manager48, {
  parser: msgpackParser,
});
