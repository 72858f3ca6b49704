// @ts-check
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Log } from "./log.mjs";

/** @typedef {import("node:net").Socket} Tcp */

/**
 * One connection through the proxy. `asks` while the client has sent a GET that is not answered.
 * @typedef {{ near: Tcp, far: Tcp, isWebSocket: boolean, asks: boolean }} Link
 */

/** A TCP proxy that does what networks do: it breaks connections, stalls, and garbles. */
export class Proxy {
  /** @type {Set<Link>} */
  #links = new Set();
  #isCut = false;
  #isStalled = false;
  #isHushed = false;
  /** What has come from the server. */
  bytesToClients = 0;
  /** What happens, for those who wait. @type {Log<string>} */
  #news = new Log();

  /** @param {string} target */
  constructor(target) {
    this.target = new URL(target);
    this.listener = createServer((near) => this.#accept(near));
  }

  /**
   * Listens in front of a server until the test ends.
   * @param {{ after: (end: () => void) => void }} t
   * @param {string} target
   */
  static async before(t, target) {
    const proxy = new Proxy(target);
    proxy.listener.listen(0, "127.0.0.1");
    await once(proxy.listener, "listening");
    t.after(() => proxy.#close());
    return proxy;
  }

  get url() {
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.listener.address());
    return `http://127.0.0.1:${port}`;
  }

  /** @param {Tcp} near */
  #accept(near) {
    near.on("error", () => {});
    if (this.#isCut) return void near.destroy();
    const far = connect(Number(this.target.port), this.target.hostname);
    far.on("error", () => {});
    /** @type {Link} */
    const link = { near, far, isWebSocket: false, asks: false };
    this.#links.add(link);
    for (const socket of [near, far]) socket.setNoDelay(true);
    if (this.#isStalled) this.#pause(link);
    if (this.#isHushed) far.pause();
    near.on("data", (data) => this.#fromClient(link, data));
    far.on("data", (data) => {
      link.asks = false;
      this.bytesToClients += data.length;
      if (!near.write(data)) far.pause();
    });
    near.on("drain", () => this.#isStalled || this.#isHushed || far.resume());
    for (const socket of [near, far]) socket.on("close", () => this.#isStalled || this.#end(link));
  }

  /** One side has closed: so does the other. @param {Link} link */
  #end(link) {
    this.#links.delete(link);
    link.near.destroy();
    link.far.destroy();
  }

  /**
   * @param {Link} link
   * @param {Buffer} data
   */
  #fromClient(link, data) {
    const start = data.subarray(0, 512).toString("latin1");
    link.asks = start.startsWith("GET ");
    link.isWebSocket ||= link.asks && start.includes("transport=websocket");
    link.far.write(data);
    this.#news.push("the client has sent");
  }

  /** @param {Link} link */
  #pause({ near, far }) {
    near.pause();
    far.pause();
  }

  /** Waits until something can be broken: a WebSocket, or a poll that is held by the server. */
  async held() {
    const held = () =>
      [...this.#links].some(({ isWebSocket, asks }) => (isWebSocket ? !asks : asks));
    await this.#news.until(held, "a connection that is held");
  }

  /** Breaks all connections, and lets nobody through before {@link heal}. */
  cut() {
    this.#isCut = true;
    for (const link of this.#links) this.#end(link);
  }

  /** Nothing passes before {@link heal}; the connections stay. */
  stall() {
    this.#isStalled = true;
    for (const link of this.#links) this.#pause(link);
  }

  /** Nothing comes from the server before {@link heal}; what clients send arrives. */
  hush() {
    this.#isHushed = true;
    for (const { far } of this.#links) far.pause();
  }

  heal() {
    this.#isCut = false;
    this.#isHushed = false;
    this.#isStalled = false;
    for (const link of this.#links) {
      if (link.near.destroyed || link.far.destroyed) this.#end(link);
      link.near.resume();
      link.far.resume();
    }
  }

  /** Puts bytes into what the server sends over WebSocket. @param {Uint8Array} bytes */
  injectToClient(bytes) {
    for (const { near, isWebSocket } of this.#links) if (isWebSocket) near.write(bytes);
  }

  /** Puts bytes into what the client sends over WebSocket. @param {Uint8Array} bytes */
  injectToServer(bytes) {
    for (const { far, isWebSocket } of this.#links) if (isWebSocket) far.write(bytes);
  }

  #close() {
    this.listener.close();
    for (const link of this.#links) this.#end(link);
  }
}
