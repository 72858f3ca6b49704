// @ts-check
import assert from "node:assert/strict";
import { Proxy } from "../harness/proxy.mjs";
import { StockServer } from "./server.mjs";

/** @typedef {import("./drivers/driver.mjs").Driver} Driver */
/** @typedef {import("./drivers/driver.mjs").Options} Options */
/** @typedef {import("./drivers/driver.mjs").StockPeer} StockPeer */
/** @typedef {import("./drivers/driver.mjs").Reason} Reason */

/** Pings often, for tests of what happens without them. */
const IMPATIENT = { PING_INTERVAL: "300", PING_TIMEOUT: "1000" };

/** It does not wait for long for clients that have gone by the end of a test. */
const BRIEF = { CLOSE_TIMEOUT: "1000" };

/** The ways in which a client connects. @type {Record<string, string[]>} */
export const WAYS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/** Where one test of a feature takes place: one kind of client, one way to connect. */
export class Stage {
  /**
   * @param {{ after: (end: () => Promise<void>) => void }} t
   * @param {Driver} driver
   * @param {string} way one of {@link WAYS}
   */
  constructor(t, driver, way) {
    this.driver = driver;
    this.way = way;
    /** What was started last ends first. @type {(() => unknown)[]} */
    const ends = [];
    this.t = { after: (/** @type {() => unknown} */ end) => void ends.unshift(end) };
    t.after(async () => {
      for (const end of ends) await end();
    });
  }

  /** A server of this test, with the parser of its client. @param {Record<string, string>} [settings] */
  server(settings) {
    return StockServer.start(this.t, { ...BRIEF, PARSER: this.driver.parser, ...settings });
  }

  /** A server that pings often. */
  impatientServer() {
    return this.server(IMPATIENT);
  }

  /** A proxy in front of a server. @param {StockServer} server */
  proxy(server) {
    return Proxy.before(this.t, server.url);
  }

  /**
   * A client in several namespaces, over one connection; connected or not.
   * @param {{ url: string }} to
   * @param {Partial<Options>} [options]
   */
  openAll({ url }, options = {}) {
    const transports = WAYS[this.way];
    return this.driver.open(this.t, url, { namespaces: ["/"], transports, ...options });
  }

  /**
   * A client in one namespace, connected or not.
   * @param {{ url: string }} to
   * @param {Partial<Options>} [options]
   */
  async open(to, options) {
    const [peer] = await this.openAll(to, options);
    return peer;
  }

  /**
   * A client in several namespaces, connected to all, and by the way of the test.
   * @param {{ url: string }} to
   * @param {Partial<Options>} [options]
   */
  async connectAll(to, options) {
    const peers = await this.openAll(to, options);
    for (const peer of peers) {
      await peer.event("*connect");
      if (this.way === "upgrade") {
        await peer.event("*upgrade");
        // It says so before it has told the server.
        await peer.call("echo");
      }
    }
    return peers;
  }

  /**
   * A client in one namespace, connected by the way of the test.
   * @param {{ url: string }} to
   * @param {Partial<Options>} [options]
   */
  async connect(to, options) {
    const [peer] = await this.connectAll(to, options);
    return peer;
  }

  /**
   * Waits for the end of a connection, and compares what the client is told about it.
   * @param {StockPeer} peer
   * @param {Reason[]} reasons one, or those of which any may win
   */
  async ended(peer, ...reasons) {
    const names = reasons.map((reason) => this.driver.reason(reason, this.way));
    const [name] = await peer.event("*disconnect");
    assert.ok(names.includes(name), `the client is told ${name}, not ${names.join(" or ")}`);
  }

  /**
   * The values of these events as they were sent: sorted, if the client does not keep order.
   * @param {any[]} values
   */
  inOrder(values) {
    return this.driver.isOrdered ? values : values.toSorted((a, b) => a - b);
  }
}
