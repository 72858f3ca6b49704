// @ts-check
import assert from "node:assert/strict";
import { SOON_MS } from "../harness/deadline.mjs";

/** @typedef {import("socket.io-client").Socket} Socket */

/**
 * Something that was said, as a client knows it.
 * @typedef {{ id: string, seq: number, room: string, userId: string, fullName: string,
 *   message: string, sentAt: string }} Message
 */

/**
 * The answer to an event that has to be done.
 * @param {Socket} socket
 * @param {string} event
 * @param {unknown} payload
 * @returns {Promise<any>}
 */
export async function ask(socket, event, payload) {
  const answer = await socket.timeout(SOON_MS).emitWithAck(event, payload);
  assert.equal(answer.ok, true, `${event}: ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * Everything that is stored of a room by now, page by page; the numbers have to be 1, 2, 3 and so on.
 * @param {Socket} socket
 * @param {string} room
 * @returns {Promise<Message[]>}
 */
export async function history(socket, room) {
  /** @type {Message[]} */
  const all = [];
  const newest = await ask(socket, "message-history", { room, limit: 1 });
  const last = newest.messages[0]?.seq ?? 0;
  while (all.length < last) {
    const page = await ask(socket, "message-history", { room, after: all.length, limit: 100 });
    assert.notEqual(page.messages.length, 0, `${room} ends before ${last}`);
    for (const message of page.messages) {
      assert.equal(message.seq, all.length + 1, `${room} has no gap`);
      assert.equal(message.room, room);
      all.push(message);
    }
  }
  return all;
}
