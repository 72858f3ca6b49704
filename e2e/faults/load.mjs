// @ts-check
import assert from "node:assert/strict";
import { open, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { ask, history } from "./ask.mjs";
import { Follower } from "./follower.mjs";
import { Said } from "./said.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */
/** @typedef {import("../harness/server.mjs").Server} Server */
/** @typedef {import("../harness/server.mjs").User} User */

/** What a test waits for while a load goes on, at most. */
const PATIENCE_MS = 60_000;

/** The settings of a server under load. */
export const settings = {
  TERTULIA_SESSIONS__POLICY: "unlimited",
  TERTULIA_PRESENCE__CLIENTS_UPDATED: "false",
};

/** Many senders with some messages in flight each, in several rooms. Each room has a follower. */
export class Load {
  /** @type {Map<string, Said>} */
  said = new Map();
  /** @type {Map<string, Follower>} */
  followers = new Map();
  /** The clients that say something. @type {Client[]} */
  senders = [];
  acked = 0;
  unavailable = 0;
  #isOver = false;
  /** @type {Promise<void>[]} */
  #speaking = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /**
   * @param {{ after: (end: () => void) => void }} t
   * @param {Server} server
   * @param {{ users: number, devices: number, rooms: number, inFlight: number }} size
   */
  static async begin(t, server, { users, devices, rooms, inFlight }) {
    const load = new Load();
    const everyone = await Promise.all(Array.from({ length: users }, () => server.register()));
    const speakers = everyone.map(async (user, at) => {
      const room = `room-${at % rooms}`;
      const connecting = Array.from({ length: devices }, () => reconnecting(t, server, user));
      const clients = await Promise.all(connecting);
      await ask(clients[0].socket, "join-room", { room });
      if (at < rooms) load.follow(room, clients[0].socket);
      load.senders.push(...clients);
      return () => clients.forEach((client) => load.#speak(client, user, room, inFlight));
    });
    for (const speak of await Promise.all(speakers)) speak();
    return load;
  }

  /**
   * From now on a client of a member follows this room.
   * @param {string} room
   * @param {import("./ask.mjs").Socket} socket
   */
  follow(room, socket) {
    const follower = new Follower(socket, () => {});
    follower.follow(room, 0);
    this.followers.set(room, follower);
  }

  /**
   * @param {Client} client
   * @param {User} user
   * @param {string} room
   * @param {number} inFlight
   */
  #speak(client, user, room, inFlight) {
    for (let n = 0; n < inFlight; n += 1) this.#speaking.push(this.#goOn(client, user, room));
  }

  /**
   * @param {Client} client
   * @param {User} user
   * @param {string} room
   */
  async #goOn(client, user, room) {
    while (!this.#isOver) {
      const said = new Said(`m${this.said.size}`, user, room, this.said.size % 2 === 0);
      this.said.set(said.text, said);
      do {
        await client.connected();
        await said.send(client.socket);
      } while (said.isOpen);
      this.acked += said.acks.length;
      this.unavailable += said.refusals.filter((code) => code === "unavailable").length;
      for (const look of this.#waiting) look();
    }
  }

  /** Waits until so many more messages are acked. @param {number} count */
  async more(count) {
    const wanted = this.acked + count;
    await this.#until(() => this.acked >= wanted, `${count} more acks`);
  }

  /** Waits until so many more messages are answered with `unavailable`. @param {number} count */
  async refusals(count) {
    const wanted = this.unavailable + count;
    await this.#until(() => this.unavailable >= wanted, `${count} more refusals`);
  }

  /**
   * @param {() => boolean} holds
   * @param {string} what
   */
  async #until(holds, what) {
    /** @type {() => void} */
    let look = () => {};
    const held = new Promise((resolve) => (look = () => holds() && resolve(undefined)));
    this.#waiting.add(look);
    // What was begun may fail too.
    const failed = Promise.all(this.#speaking);
    await within(Promise.race([held, failed]), what, PATIENCE_MS);
    this.#waiting.delete(look);
  }

  /** Says nothing new, and waits for what was said. */
  async end() {
    this.#isOver = true;
    await within(Promise.all(this.#speaking), "the last answers", PATIENCE_MS);
  }

  /** What is stored in the end, of all rooms; the followers have to know the same. */
  async stored() {
    const all = [];
    for (const [room, follower] of this.followers) {
      await follower.catchUp();
      const stored = await history(follower.socket, room);
      assert.deepEqual(follower.rooms.get(room)?.messages, stored, `what is known of ${room}`);
      assert.deepEqual(follower.faults, []);
      all.push(...stored);
    }
    return all;
  }
}

/**
 * A client that comes back soon.
 * @param {{ after: (end: () => void) => void }} t
 * @param {Server} server
 * @param {User} user
 * @param {Parameters<typeof open>[2]} [options]
 */
export async function reconnecting(t, server, user, options = {}) {
  const client = open(t, server.url, {
    auth: { token: user.token },
    transports: transports.websocket,
    reconnectionDelayMax: 500,
    ...options,
  });
  await client.connected();
  return client;
}
