// @ts-check
import { WebSocket } from "ws";
import { within } from "./deadline.mjs";
import { Log } from "./log.mjs";

/** A WebSocket that speaks Engine.IO packet by packet. */
export class RawSocket {
  /** @param {string} url */
  constructor(url) {
    this.socket = new WebSocket(url.replace("http", "ws"));
    /** @type {Log<string | Buffer>} */
    this.log = new Log();
    this.socket.on("message", (data, binary) => {
      this.log.push(binary ? /** @type {Buffer} */ (data) : data.toString());
    });
    this.socket.on("error", () => {});
    /** @type {Promise<number>} */
    this.closed = new Promise((resolve) => this.socket.on("close", (code) => resolve(code)));
  }

  /** Waits for the packet that starts with this. @param {string} start */
  async packet(start) {
    return /** @type {Promise<string>} */ (
      this.log.find((data) => typeof data === "string" && data.startsWith(start), start)
    );
  }

  /** @param {string | Uint8Array} packet */
  send(packet) {
    this.socket.send(packet);
  }

  async end() {
    return within(this.closed, "the end of the WebSocket");
  }
}

/**
 * Opens a session over WebSocket and waits for its open packet.
 * @param {{ after: (end: () => void) => void }} t
 * @param {string} url
 */
export async function rawSession(t, url, path = "/socket.io/") {
  const raw = new RawSocket(`${url}${path}?EIO=4&transport=websocket`);
  t.after(() => raw.socket.terminate());
  await raw.packet("0");
  return raw;
}

/** A session that is polled by hand. */
export class PollingSession {
  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** @param {string} url */
  static async open(url, path = "/socket.io/") {
    const base = `${url}${path}?EIO=4&transport=polling`;
    const answer = await fetch(base);
    const { sid } = JSON.parse((await answer.text()).slice(1));
    return new PollingSession(`${base}&sid=${sid}`);
  }

  async poll() {
    const answer = await fetch(this.url);
    return { status: answer.status, body: await answer.text() };
  }

  /** @param {string | Uint8Array<ArrayBuffer>} body */
  async post(body) {
    const answer = await fetch(this.url, { method: "POST", body });
    return { status: answer.status, body: await answer.text() };
  }
}
