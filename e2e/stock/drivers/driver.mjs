// @ts-check
// What a test asks of a stock client, whatever it is written in and wherever it runs.
import { Peer } from "../../harness/peer.mjs";

/**
 * The client's own name for why it was disconnected, by socket.io-client 4.8's name.
 * @typedef {"io server disconnect" | "io client disconnect" | "transport close"
 *   | "transport error" | "ping timeout" | "parse error"} Reason
 */

/**
 * @typedef {object} Options
 * @property {string[]} namespaces all over one connection
 * @property {string[]} transports
 * @property {Record<string, unknown>} [auth]
 * @property {Record<string, string>} [headers]
 * @property {string} [query] what is appended to the URL
 * @property {boolean} [reconnection]
 */

/** What has ends that are called in reverse. @typedef {{ after: (end: () => unknown) => void }} Ends */

/**
 * A kind of stock client.
 * @typedef {object} Driver
 * @property {string} name
 * @property {"default" | "msgpack"} parser
 * @property {boolean} isOrdered whether it hands events to the application in order
 * @property {(reason: Reason, way: string) => string} reason how it calls that
 * @property {(t: Ends, url: string, options: Options) => Promise<StockPeer[]>} open
 *   a connection, closed after the test: one peer for each namespace
 * @property {() => Promise<void>} end
 */

/**
 * A stock client in one namespace. Its log has the events with their arguments, and `*connect`
 * with the id, `*connect_error` with message and data, `*disconnect` with the reason, `*upgrade`.
 * It answers the event `question` with the arguments of the question.
 */
export class StockPeer extends Peer {
  /** The id of its newest connection. */
  get id() {
    return /** @type {string} */ (this.events("*connect").at(-1)?.[1]);
  }

  /**
   * @param {string} _event
   * @param {unknown[]} _args
   */
  emit(_event, ..._args) {
    throw new Error("not implemented");
  }

  /**
   * Emits and waits for the arguments of the answer.
   * @param {string} _event
   * @param {unknown[]} _args
   * @returns {Promise<any[]>}
   */
  call(_event, ..._args) {
    throw new Error("not implemented");
  }

  /** Leaves the namespace. */
  leave() {
    throw new Error("not implemented");
  }
}
