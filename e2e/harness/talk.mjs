// @ts-check
// What clients say in rooms, and what they have heard.
import assert from "node:assert/strict";
import { within } from "./deadline.mjs";

/** @typedef {import("./client.mjs").Client} Client */

/**
 * What a message is known by.
 * @typedef {{ id: string, seq: number, room: string, userId: string, sentAt: string, direct?: true, to?: string }} Meta
 */

/** A message of the history. @typedef {Omit<Meta, "direct" | "to"> & { fullName: string, message: string }} Stored */

/** @param {Client} client @param {string} event @param {unknown} payload @returns {Promise<any>} */
export const ask = (client, event, payload) =>
  within(client.socket.emitWithAck(event, payload), `the answer to ${event}`);

/**
 * Asks for something that is done, and gives back the answer without its `ok`.
 * @param {Client} client
 * @param {string} event
 * @param {unknown} payload
 */
export async function does(client, event, payload) {
  const { ok, ...answer } = await ask(client, event, payload);
  assert.ok(ok, `${event} ${JSON.stringify(payload)}: ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * Asks for something that is not done, and gives back the code.
 * @param {Client} client
 * @param {string} event
 * @param {unknown} payload
 * @returns {Promise<string>}
 */
export async function fails(client, event, payload) {
  const answer = await ask(client, event, payload);
  assert.equal(answer.ok, false, `${event} ${JSON.stringify(payload)}: ${JSON.stringify(answer)}`);
  return answer.error.code;
}

/** @param {Client} client @param {string} [room] @param {object} [more] @returns {Promise<any>} */
export const say = (client, room, message = "x", more = {}) =>
  does(client, "message-from-client", { message, room, ...more });

/** Messages as they were heard, each with what is known of it. @param {Client} client */
export const heard = (client) =>
  client.events("message-from-server").map(([, body, meta]) => ({
    .../** @type {{ fullName: string, message: string }} */ (body),
    .../** @type {Meta} */ (meta),
  }));

/** The texts that were heard in a room, in order. @param {Client} client @param {string} room */
export const texts = (client, room) =>
  heard(client).flatMap((message) => (message.room === room ? [message.message] : []));

let marks = 0;

/**
 * Waits until everything that was said before has reached these clients, or has not: what somebody
 * says in the lobby reaches everyone, after that.
 * @param {Client} sender
 * @param {Client[]} clients
 */
export async function settle(sender, ...clients) {
  marks += 1;
  const mark = `mark ${marks}`;
  await say(sender, undefined, mark);
  const isMark = (/** @type {unknown[]} */ [event, body]) =>
    event === "message-from-server" && /** @type {any} */ (body).message === mark;
  await Promise.all([sender, ...clients].map((client) => client.log.find(isMark, mark)));
}

/**
 * Types until the other has heard of it: a notice is lost on a transport that takes nothing at the
 * moment, such as a client's between two polls.
 * @param {Client} writer
 * @param {Client} other
 * @param {object} [payload]
 */
export async function typeUntilHeard(writer, other, payload) {
  const heard = other.event("typing");
  const isHeard = heard.then(() => true);
  while (!(await Promise.race([isHeard, Promise.resolve(false)]))) {
    assert.deepEqual(await writer.socket.emitWithAck("typing", payload), { ok: true });
  }
  return heard;
}
