// @ts-check
import assert from "node:assert/strict";

/** @typedef {import("./device.mjs").Device} Device */
/** @typedef {import("./world.mjs").World} World */
/** @typedef {import("../ask.mjs").Message} Message */

/** How long a join or leave may wait for its ack before it is sent again. */
const ACK_MS = 1_500;

/** The room of two users. @param {string} one @param {string} other */
export const direct = (one, other) => `direct:${[one, other].sort().join(":")}`;

/** A user, and the rooms that they are in. */
export class Member {
  /** @type {Device[]} */
  devices = [];
  /** Where it began to listen, in the rooms that it has joined. @type {Map<string, number>} */
  joined = new Map();
  /** When a room was left last, by the clock of the test. @type {Map<string, number>} */
  #left = new Map();
  /** The room that is being joined or left. @type {{ room: string, isJoin: boolean } | undefined} */
  #change;
  /** The rooms that it is in by itself. @type {string[]} */
  ownRooms = ["lobby"];

  /**
   * @param {World} world
   * @param {import("../../harness/server.mjs").User} user
   */
  constructor(world, user) {
    this.world = world;
    this.user = user;
  }

  /** The other one in a direct room. @param {string} room */
  partnerIn(room) {
    const [kind, one, other] = room.split(":");
    if (kind !== "direct") return undefined;
    return one === this.user.id ? other : one;
  }

  /** @param {string} room */
  isJoining(room) {
    return this.#change?.isJoin === true && this.#change.room === room;
  }

  /**
   * If the user certainly is not in a room: since when (0 for always).
   * @param {string} room
   */
  isOut(room) {
    if (this.ownRooms.includes(room) || this.joined.has(room)) return undefined;
    return this.#change?.room === room ? undefined : (this.#left.get(room) ?? 0);
  }

  /** Whether a message of a room that it does not follow may be on its way. @param {Message} message */
  mayHear({ room, message }) {
    const left = this.isOut(room);
    const post = this.world.posts.get(message);
    return left === undefined || (post !== undefined && post.firstSent < left);
  }

  /**
   * Joins a room, or leaves it, by one device, until that is acked. One change at a time.
   * @param {string} room
   * @param {boolean} isJoin
   * @param {Device} device
   */
  async change(room, isJoin, device) {
    if (this.#change !== undefined) return;
    this.#change = { room, isJoin };
    for (const { follower } of isJoin ? [] : this.devices) follower.rooms.get(room)?.leaving();
    const event = isJoin ? "join-room" : "leave-room";
    let answer;
    while (answer === undefined || answer.error?.code === "unavailable") {
      answer = await device.socket
        .timeout(ACK_MS)
        .emitWithAck(event, { room })
        .catch(() => undefined);
    }
    assert.equal(answer.ok, true, `${event} ${room}: ${JSON.stringify(answer)}`);
    const wasIn = this.joined.has(room);
    if (isJoin && !wasIn) this.#hasJoined(room, answer.lastSeq);
    if (!isJoin) this.#hasLeft(room);
    this.#change = undefined;
  }

  /**
   * @param {string} room
   * @param {number} start
   */
  #hasJoined(room, start) {
    this.joined.set(room, start);
    for (const device of this.devices) device.joined(room, start, !this.#left.has(room));
  }

  /** @param {string} room */
  #hasLeft(room) {
    this.joined.delete(room);
    this.#left.set(room, performance.now());
    for (const { follower } of this.devices) follower.forget(room);
  }
}
