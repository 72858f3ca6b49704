// @ts-check
// Two people who talk in the lobby and in a room that is not stored, and one who comes and goes.
import assert from "node:assert/strict";
import { connect } from "../harness/client.mjs";
import { ask, history } from "./ask.mjs";
import { Follower } from "./follower.mjs";
import { check, Said } from "./said.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */
/** @typedef {import("../harness/server.mjs").Server} Server */

/** Rooms of which one is not stored. */
export const config = `[rooms.fleeting]\nstore = false\n[rooms."*"]\n`;

export class Talkers {
  /** @type {Said[]} */
  said = [];
  #fleeting = 0;

  /**
   * @param {Server} server
   * @param {import("../harness/server.mjs").User} user Who Ada is.
   * @param {Client} ada
   * @param {Client} bob
   * @param {Client} carol
   */
  constructor(server, user, ada, bob, carol) {
    this.server = server;
    this.user = user;
    this.ada = ada;
    this.bob = bob;
    this.carol = carol;
    this.follower = new Follower(this.bob.socket, () => {});
    this.follower.follow("lobby", 0);
  }

  /**
   * @param {Parameters<typeof connect>[0]} t
   * @param {Server} server
   */
  static async connect(t, server) {
    const user = await server.register("Ada");
    const ada = await connect(t, server.url, user.token);
    const bob = await connect(t, server.url, (await server.register("Bob")).token);
    const carol = await connect(t, server.url, (await server.register("Carol")).token);
    for (const { socket } of [ada, bob]) await ask(socket, "join-room", { room: "fleeting" });
    return new Talkers(server, user, ada, bob, carol);
  }

  /** Something that Ada says in the lobby. @param {string} text @param {boolean} isNamed */
  new(text, isNamed) {
    const said = new Said(text, this.user, "lobby", isNamed);
    this.said.push(said);
    return said;
  }

  /** Sends it, and waits for an answer as long as the server may take. @param {Said} said */
  async send(said) {
    const { socket } = this.ada;
    said.answered(await socket.timeout(10_000).emitWithAck(...said.event()));
    return said;
  }

  /** What needs no place on disk goes on: unstored rooms, who is typing, and who comes and goes. */
  async goOn() {
    const { ada, bob, carol } = this;
    const text = `fleeting ${(this.#fleeting += 1)}`;
    const ack = await ask(ada.socket, "message-from-client", { message: text, room: "fleeting" });
    assert.equal(ack.seq, this.#fleeting);
    const isIt = (/** @type {any} */ [event, body]) =>
      event === "message-from-server" && body.message === text;
    await bob.log.find(isIt, text);
    const typing = bob.events("typing").length;
    await ask(ada.socket, "typing", {});
    await bob.event("typing", typing + 1);
    const { people } = await ask(bob.socket, "presence-subscribe", {});
    const isThere = people.some((/** @type {any} */ { fullName }) => fullName === "Carol");
    assert.ok(isThere, JSON.stringify(people));
    const diffs = bob.events("presence-diff").length;
    carol.socket.disconnect();
    await bob.event("presence-diff", diffs + 1);
    carol.socket.connect();
    await carol.connected();
    await bob.event("presence-diff", diffs + 2);
  }

  /** Asserts that Bob knows what is stored, which is what was acked, and no more. */
  async check() {
    const stored = await history(this.bob.socket, "lobby");
    check(stored, this.said);
    await this.follower.catchUp();
    assert.deepEqual(this.follower.rooms.get("lobby")?.messages, stored);
    assert.deepEqual(this.follower.faults, []);
    return stored;
  }
}
