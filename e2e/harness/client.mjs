// @ts-check
import { io } from "socket.io-client";
import { Peer } from "./peer.mjs";

/** The ways in which a stock client connects. */
export const transports = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/** A stock client that writes down everything that happens to it. */
export class Client extends Peer {
  /**
   * @param {string} url
   * @param {Partial<import("socket.io-client").ManagerOptions & import("socket.io-client").SocketOptions>} options
   */
  constructor(url, options) {
    super();
    this.socket = io(url, { forceNew: true, reconnectionDelay: 50, ...options });
    this.socket.onAny((...event) => this.log.push(event));
    this.socket.on("connect", () => this.log.push(["*connect", this.socket.id]));
    this.socket.on("disconnect", (reason) => this.log.push(["*disconnect", reason]));
    this.socket.on("connect_error", (error) => {
      const { data } = /** @type {Error & { data?: unknown }} */ (error);
      this.log.push(["*connect_error", error.message, data]);
    });
  }

  /** Waits until it is connected. */
  async connected() {
    await this.log.until(() => this.socket.connected, "a connection");
  }

  /** Waits for the list of exactly these sockets. @param {(string | undefined)[]} ids */
  async list(ids) {
    const wanted = JSON.stringify(ids);
    await this.log.find(
      ([event, list]) => event === "clients-updated" && JSON.stringify(list) === wanted,
      `the list ${wanted}`,
    );
  }
}

/**
 * Connects, and closes after the test. Resolves when the socket is connected.
 * @param {{ after: (end: () => void) => void }} t
 * @param {string} url
 * @param {string | undefined} token
 * @param {ConstructorParameters<typeof Client>[1]} [options]
 */
export async function connect(t, url, token, options = {}) {
  const client = open(t, url, { auth: { token }, ...options });
  await client.event("*connect");
  return client;
}

/**
 * Like {@link connect}, without waiting.
 * @param {{ after: (end: () => void) => void }} t
 * @param {string} url
 * @param {ConstructorParameters<typeof Client>[1]} [options]
 */
export function open(t, url, options = {}) {
  const client = new Client(url, options);
  t.after(() => client.socket.close());
  return client;
}
