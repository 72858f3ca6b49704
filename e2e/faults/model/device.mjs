// @ts-check
import { open } from "../../harness/client.mjs";
import { Proxy } from "../../harness/proxy.mjs";
import { Follower } from "../follower.mjs";

/** @typedef {import("./member.mjs").Member} Member */
/** @typedef {import("../ask.mjs").Message} Message */

/** One device of a user: a stock client behind a network of its own. */
export class Device {
  /** What was said in a room that the user is about to join. @type {Message[]} */
  #early = [];
  isAway = false;

  /**
   * @param {Member} member
   * @param {Proxy} proxy
   * @param {import("../../harness/client.mjs").Client} client
   */
  constructor(member, proxy, client) {
    this.member = member;
    this.proxy = proxy;
    this.client = client;
    this.follower = new Follower(client.socket, (message) => this.#unexpected(message));
    client.socket.on("connect", () => {
      // What it has missed it will ask for.
      if (!client.socket.recovered) this.#early = [];
    });
  }

  /**
   * @param {{ after: (end: () => void) => void }} t
   * @param {string} url
   * @param {Member} member
   * @param {string[]} transports
   */
  static async connect(t, url, member, transports) {
    const proxy = await Proxy.before(t, url);
    const auth = { token: member.user.token };
    const reconnection = { reconnectionDelay: 20, reconnectionDelayMax: 200 };
    const client = open(t, proxy.url, { auth, transports, ...reconnection });
    const device = new Device(member, proxy, client);
    for (const room of member.ownRooms) device.follower.follow(room, 0);
    await client.event("*connect");
    return device;
  }

  get socket() {
    return this.client.socket;
  }

  /**
   * The user has joined.
   * @param {string} room
   * @param {number} start What was said last before.
   * @param {boolean} isSteady
   */
  joined(room, start, isSteady) {
    const followed = this.follower.follow(room, start, isSteady);
    const early = this.#early.filter((message) => message.room === room);
    this.#early = this.#early.filter((message) => message.room !== room);
    for (const message of early) this.follower.announced(message);
    if (this.socket.connected) void this.follower.catchUp();
    return followed;
  }

  /** @param {Message} message */
  #unexpected(message) {
    const { member } = this;
    if (member.isJoining(message.room)) this.#early.push(message);
    else if (!member.mayHear(message)) {
      this.follower.faults.push(`heard ${message.message} in ${message.room} without being there`);
    }
  }

  /** Its user puts it away. */
  leave() {
    this.isAway = true;
    this.socket.disconnect();
  }

  /** Is back, whatever happened to it. */
  recover() {
    this.isAway = false;
    this.proxy.heal();
    this.socket.connect();
  }
}
