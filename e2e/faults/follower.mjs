// @ts-check
// A client that follows the rules of docs/events.md: it knows messages by their numbers; after a
// connection that was not recovered, or a gap, it asks for what it has missed, and loads anew what is
// too much for that.
import { setTimeout as pause } from "node:timers/promises";
import { SOON_MS } from "../harness/deadline.mjs";
import { Followed } from "./followed.mjs";

/** @typedef {import("./ask.mjs").Message} Message */
/** @typedef {import("./ask.mjs").Socket} Socket */

/** How long it waits before it asks again what could not be answered, as clients do. */
const AGAIN_MS = 100;

export class Follower {
  /** @type {Map<string, Followed>} */
  rooms = new Map();
  /** What it knew of rooms that were left. @type {Message[]} */
  before = [];
  /** What the server did wrong. @type {string[]} */
  faults = [];
  /** How often it had to load anew. */
  reloads = 0;
  #wanted = 0;
  #caughtUp = 0;
  /** @type {Promise<void> | undefined} */
  #catching;

  /**
   * @param {Socket} socket
   * @param {(message: Message) => void} [unexpected] What is told of rooms that it does not follow.
   */
  constructor(socket, unexpected) {
    this.socket = socket;
    this.unexpected = unexpected ?? (({ room }) => this.faults.push(`heard something in ${room}`));
    socket.on("connect", () => this.#connected());
    socket.on("message-from-server", ({ fullName, message }, { id, seq, room, userId, sentAt }) => {
      this.announced({ id, seq, room, userId, fullName, message, sentAt });
    });
  }

  /**
   * Follows a room from now on.
   * @param {string} room
   * @param {number} start What was said after this one is wanted.
   */
  follow(room, start, isSteady = true) {
    const followed = new Followed(start, isSteady);
    this.rooms.set(room, followed);
    return followed;
  }

  /** Follows a room no more. @param {string} room */
  forget(room) {
    this.before.push(...(this.rooms.get(room)?.messages ?? []));
    this.rooms.delete(room);
  }

  /** Whether it has asked for everything that it may have missed, and got it. */
  get isUpToDate() {
    return this.socket.connected && this.#caughtUp === this.#wanted;
  }

  #connected() {
    if (this.socket.recovered && this.#caughtUp === this.#wanted) return;
    if (!this.socket.recovered) for (const followed of this.rooms.values()) followed.connected();
    void this.catchUp();
  }

  /** Takes in what the server announces. @param {Message} message */
  announced(message) {
    const followed = this.rooms.get(message.room);
    if (followed === undefined) return this.unexpected(message);
    const fault = followed.announced(message);
    if (fault !== undefined) this.faults.push(fault);
    if (this.#take(followed, message)) void this.catchUp();
  }

  /**
   * @param {Followed} followed
   * @param {Message} message
   */
  #take(followed, message) {
    const known = followed.at(message.seq);
    if (known !== undefined && known.id !== message.id) {
      this.faults.push(`${message.room}:${message.seq} is ${known.message}, and ${message.message}`);
    }
    return followed.take(message);
  }

  /** Asks for what it has missed, until it knows or the connection ends. */
  catchUp() {
    this.#wanted += 1;
    this.#catching ??= this.#catchUp().finally(() => (this.#catching = undefined));
    return this.#catching;
  }

  async #catchUp() {
    while (this.socket.connected && this.#caughtUp !== this.#wanted) {
      const wanted = this.#wanted;
      if (await this.#ask()) this.#caughtUp = wanted;
      else await pause(AGAIN_MS);
    }
  }

  /** Asks once, and says whether it knows everything now. */
  async #ask() {
    const rooms = new Map(this.rooms);
    const seen = Object.fromEntries([...rooms].map(([room, { last }]) => [room, last]));
    const answer = await this.#answer("catch-up", { rooms: seen });
    if (!answer?.ok) return false;
    for (const [room, missed] of Object.entries(answer.rooms)) {
      const followed = /** @type {Followed} */ (rooms.get(room));
      if (missed.error !== undefined) {
        // Of one that was left meanwhile nothing is wanted.
        if (missed.error.code === "unavailable") return false;
        if (this.rooms.get(room) === followed && followed.isSteady) {
          this.faults.push(`${room} cannot be read: ${JSON.stringify(missed.error)}`);
        }
      } else if (missed.complete) {
        this.#takePage(followed, missed.messages, seen[room] + 1);
        followed.completeTo(followed.last);
      } else if (!(await this.#reload(room, followed))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Loads the newest page, and older ones until they meet what it knows.
   * @param {string} room
   * @param {Followed} followed
   */
  async #reload(room, followed) {
    this.reloads += 1;
    let before;
    do {
      const page = await this.#answer("message-history", { room, before, limit: 100 });
      if (!page?.ok) return false;
      const first = page.messages[0]?.seq;
      if (first === undefined) break;
      this.#takePage(followed, page.messages, first);
      before = first;
    } while (before > followed.last + 1);
    return true;
  }

  /**
   * @param {Followed} followed
   * @param {Message[]} messages
   * @param {number} first The number that the first one has to have.
   */
  #takePage(followed, messages, first) {
    for (const [at, message] of messages.entries()) {
      if (message.seq !== first + at) {
        this.faults.push(`${message.room}:${message.seq} stands where ${first + at} should`);
      }
      this.#take(followed, message);
    }
  }

  /**
   * @param {string} event
   * @param {unknown} payload
   * @returns {Promise<any>} Nothing, if there is none.
   */
  async #answer(event, payload) {
    return this.socket.timeout(SOON_MS).emitWithAck(event, payload).catch(() => undefined);
  }
}
