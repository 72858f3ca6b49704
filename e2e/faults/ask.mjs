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
 * Everything that is stored of a room, page by page; the numbers have to be 1, 2, 3 and so on.
 * @param {Socket} socket
 * @param {string} room
 * @returns {Promise<Message[]>}
 */
export async function history(socket, room) {
  /** @type {Message[]} */
  const all = [];
  for (;;) {
    const after = all.length;
    const page = await ask(socket, "message-history", { room, after, limit: 100 });
    for (const message of page.messages) {
      assert.equal(message.seq, all.length + 1, `${room} has no gap`);
      assert.equal(message.room, room);
      all.push(message);
    }
    if (!page.hasMore) return all;
    assert.notEqual(page.messages.length, 0, "an empty page is the last one");
  }
}

/**
 * Asserts that none of these were said twice.
 * @param {Message[]} messages
 */
export function saidOnce(messages) {
  const texts = new Set();
  for (const { room, seq, message } of messages) {
    assert.ok(!texts.has(message), `${message} was said twice, at last as ${room}:${seq}`);
    texts.add(message);
  }
}
