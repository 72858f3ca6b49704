// @ts-check
// Users with several devices, who talk, join, leave, vanish and come back, while the server is
// restarted: which of it when is drawn from a seed.
import { transports } from "../../harness/client.mjs";
import { within } from "../../harness/deadline.mjs";
import { Device } from "./device.mjs";
import { direct, Member } from "./member.mjs";
import { Post } from "./posts.mjs";

/** @typedef {import("../../harness/random.mjs").Random} Random */
/** @typedef {import("../../harness/server.mjs").Server} Server */

/** How many things go on at once at most. */
const SLOTS = 16;

/** How many of those who are away may have something to do when they are back. */
const WAITING = 50;

/** More than anyone is given of what they have missed. */
const FLOOD = 600;

/** How long everything may take to come to rest at the end. */
const REST_MS = 30_000;

const NAMED_ROOMS = ["red", "blue"];

export class World {
  /** @type {Member[]} */
  members = [];
  /** By their texts. @type {Map<string, Post>} */
  posts = new Map();
  /** @type {Set<Promise<void>>} */
  #slots = new Set();
  /** What goes on besides, until it is done. @type {Set<Promise<void>>} */
  #background = new Set();
  /** What has to happen at a later step. @type {{ step: number, act: () => void }[]} */
  #later = [];
  #step = 0;
  #isRestarting = false;

  /**
   * @param {Server} server
   * @param {Random} random
   */
  constructor(server, random) {
    this.server = server;
    this.random = random;
  }

  /**
   * @param {{ after: (end: () => void) => void }} t
   * @param {number} users
   */
  async populate(t, users) {
    const everyone = await Promise.all(Array.from({ length: users }, () => this.server.register()));
    everyone.sort((one, other) => one.email.localeCompare(other.email));
    this.members = everyone.map((user) => new Member(this, user));
    for (const member of this.members) {
      for (const { id } of everyone) member.ownRooms.push(direct(id, member.user.id));
    }
    const ways = Object.values(transports);
    const connecting = this.members.flatMap((member, at) =>
      Array.from({ length: 1 + (at % 3) }, async (_, n) => {
        const way = ways[(at + n) % ways.length];
        member.devices.push(await Device.connect(t, this.server.url, member, way));
      }),
    );
    await Promise.all(connecting);
  }

  get devices() {
    return this.members.flatMap(({ devices }) => devices);
  }

  /**
   * Takes so many steps, and at these steps restarts the server. One device is away from the first of
   * these restarts on.
   * @param {number} steps
   * @param {Map<number, "SIGTERM" | "SIGKILL">} restarts
   */
  async run(steps, restarts) {
    for (this.#step = 0; this.#step < steps; this.#step += 1) {
      this.#due();
      const signal = restarts.get(this.#step);
      if (signal !== undefined) {
        this.devices.at(-1)?.leave();
        await this.#start(this.#restart(signal));
      }
      await this.#start(this.#something());
    }
  }

  /** So much is said, until it is acked, that a device which is away has to load anew. */
  async flood() {
    this.#step = Infinity;
    this.#due();
    this.devices.at(-1)?.leave();
    const [member] = this.members;
    const [device] = member.devices;
    const first = this.posts.size;
    const isAcked = (/** @type {Post} */ post) => post.acks.length > 0;
    while ([...this.posts.values()].slice(first).filter(isAcked).length < FLOOD) {
      await device.client.connected();
      await Promise.all(Array.from({ length: 60 }, () => this.#post(member, device, "lobby", 99)));
    }
  }

  /** Ends all faults, and waits until everything that was begun is done. */
  async rest() {
    for (const device of this.devices) device.recover();
    const settled = async () => {
      await Promise.all([...this.#slots, ...this.#background]);
      for (const { client } of this.devices) {
        await client.connected();
      }
    };
    await within(settled(), "everything to be done", REST_MS);
  }

  #due() {
    const due = this.#later.filter(({ step }) => step <= this.#step);
    this.#later = this.#later.filter(({ step }) => step > this.#step);
    for (const { act } of due) act();
  }

  /** Lets something go on beside everything else, when there is a slot. @param {Promise<void>} work */
  async #start(work) {
    const slot = work.finally(() => this.#slots.delete(slot));
    this.#slots.add(slot);
    while (this.#slots.size >= SLOTS) await Promise.race(this.#slots);
    while (this.#background.size >= WAITING) await Promise.race(this.#background);
  }

  /** @param {Promise<void>} work */
  #goOn(work) {
    const task = work.finally(() => this.#background.delete(task));
    this.#background.add(task);
    // It is looked at in the end.
    task.catch(() => {});
  }

  /** Draws what happens next, and begins it. All of it is drawn here, whatever the state of things. */
  #something() {
    const { random } = this;
    const member = random.choice(this.members);
    const drawn = random.choice(member.devices);
    const other = random.choice(this.members);
    const room = random.choice(["lobby", "lobby", ...NAMED_ROOMS, ...NAMED_ROOMS, "direct"]);
    const [what, how, steps] = [random.below(100), random.below(100), 1 + random.below(20)];
    const pair = direct(member.user.id, other.user.id);
    const device = drawn.isAway ? member.devices.find(({ isAway }) => !isAway) : drawn;
    if (device === undefined) return Promise.resolve();
    if (what < 80) return this.#post(member, device, room === "direct" ? pair : room, how);
    const named = NAMED_ROOMS[how % 2];
    if (what < 88) return this.#change(member, named, true, device);
    if (what < 91) return this.#change(member, named, false, device);
    if (what < 95) return this.#disturb(device, () => device.proxy.cut(), how < 50 ? 0 : steps);
    if (what < 96) return this.#disturb(device, () => device.proxy.stall(), steps);
    if (what < 98) return this.#disturb(device, () => device.leave(), 10 * steps);
    return this.#again(member, device, how);
  }

  /**
   * Says something: once without a name, or with one, until it is acked. Sometimes it is sent twice
   * at once.
   * @param {Member} member
   * @param {Device} device
   * @param {string} room
   * @param {number} how
   */
  async #post(member, device, room, how) {
    const post = new Post(`m${this.posts.size}`, member, room, how < 60);
    this.posts.set(post.text, post);
    const copies = post.isNamed && how < 10 ? 2 : 1;
    const sent = Promise.all(Array.from({ length: copies }, () => post.send(device.socket)));
    const said = sent.then(() => this.#insist(post, member));
    this.#goOn(said);
    // Nobody waits for those who are away.
    if (device.socket.connected) await sent;
  }

  /**
   * Sends it by one device after the other.
   * @param {Post} post
   * @param {Member} member
   */
  async #insist(post, member) {
    for (let at = 0; post.isOpen; at += 1) await post.send(member.devices[at % member.devices.length].socket);
  }

  /**
   * Sends something again, acked or not.
   * @param {Member} member
   * @param {Device} device
   * @param {number} how
   */
  async #again(member, device, how) {
    const named = [...this.posts.values()].filter((post) => post.member === member && post.isNamed);
    await named.at(-1 - (how % 10))?.send(device.socket);
  }

  /**
   * @param {Member} member
   * @param {string} room
   * @param {boolean} isJoin
   * @param {Device} device
   */
  async #change(member, room, isJoin, device) {
    this.#goOn(member.change(room, isJoin, device));
  }

  /**
   * @param {Device} device
   * @param {() => void} disturb
   * @param {number} steps
   */
  async #disturb(device, disturb, steps) {
    disturb();
    if (steps === 0) device.recover();
    else this.#later.push({ step: this.#step + steps, act: () => device.recover() });
  }

  /** @param {"SIGTERM" | "SIGKILL"} signal */
  async #restart(signal) {
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    if (signal === "SIGTERM") await this.server.restart();
    else {
      await this.server.kill();
      await this.server.startAgain();
    }
    this.#isRestarting = false;
  }
}
