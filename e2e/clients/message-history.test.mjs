// @ts-check
// What was said before, page by page: the same over a socket and over REST.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { does, fails, heard, say, settle } from "../harness/talk.mjs";

/** @typedef {import("../harness/talk.mjs").Stored} Stored */

/** The numbers from one to another. @param {number} first @param {number} last */
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/**
 * A page of the lobby, by the event and by REST, which say the same.
 * @param {import("../harness/server.mjs").Server} server
 * @param {import("../harness/client.mjs").Client} client
 * @param {{ token: string }} user
 * @param {Record<string, number>} part
 * @returns {Promise<{ messages: Stored[], hasMore: boolean }>}
 */
async function page(server, client, { token }, part) {
  const history = await does(client, "message-history", { room: "lobby", ...part });
  const query = new URLSearchParams(Object.entries(part).map(([key, n]) => [key, `${n}`]));
  const { status, body } = await server.api(`rooms/lobby/messages?${query}`, { token });
  assert.deepEqual([status, body], [200, history]);
  return /** @type {any} */ (history);
}

test("pages: from the end, before, after, between, and how many", async (t) => {
  const server = await start(t);
  const user = await server.register("Ana");
  const client = await connect(t, server.url, user.token);
  await Promise.all(range(1, 120).map((n) => say(client, "lobby", `${n}`)));
  /** @type {[Record<string, number>, number[], boolean][]} */
  const parts = [
    [{}, range(71, 120), true],
    [{ limit: 3 }, range(118, 120), true],
    [{ limit: 100 }, range(21, 120), true],
    [{ before: 71 }, range(21, 70), true],
    [{ before: 21 }, range(1, 20), false],
    [{ before: 51 }, range(1, 50), false],
    [{ before: 52 }, range(2, 51), true],
    [{ before: 2 }, [1], false],
    [{ before: 1 }, [], false],
    [{ before: 0 }, [], false],
    [{ before: 1000 }, range(71, 120), true],
    [{ after: 0 }, range(1, 50), true],
    [{ after: 70 }, range(71, 120), false],
    [{ after: 69 }, range(70, 119), true],
    [{ after: 119 }, [120], false],
    [{ after: 120 }, [], false],
    [{ after: Number.MAX_SAFE_INTEGER }, [], false],
    [{ after: 10, before: 15 }, range(11, 14), false],
    [{ after: 10, before: 15, limit: 4 }, range(11, 14), false],
    [{ after: 10, before: 15, limit: 3 }, range(11, 13), true],
    [{ after: 10, before: 11 }, [], false],
    [{ after: 15, before: 10 }, [], false],
  ];
  for (const [part, seqs, hasMore] of parts) {
    const history = await page(server, client, user, part);
    assert.deepEqual(history.messages.map(({ seq }) => seq), seqs, JSON.stringify(part));
    assert.equal(history.hasMore, hasMore, JSON.stringify(part));
    for (const { seq, message } of history.messages) assert.equal(message, `${seq}`);
  }
});

test("a message of the history is what was heard", async (t) => {
  const server = await start(t);
  const user = await server.register("Ana");
  const client = await connect(t, server.url, user.token);
  await say(client, "lobby", "¡hola! <b>ñandú</b> 🦜\n\t\"'\\");
  client.socket.emit("message-from-client", {});
  await client.event("message-from-server", 2);
  const { messages } = await page(server, client, user, {});
  assert.deepEqual(messages, heard(client));
  const keys = ["id", "seq", "room", "userId", "fullName", "message", "sentAt"];
  assert.deepEqual(Object.keys(messages[0]), keys);
  assert.equal(messages[1].message, "no hay mensaje");
  // Without a room it is the lobby.
  assert.deepEqual((await does(client, "message-history", {})).messages, messages);
});

test("where nothing was said there is nothing", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  /** @type {Record<string, number>[]} */
  const parts = [{}, { before: 5 }, { after: 0 }, { after: 5, before: 9, limit: 1 }];
  for (const part of parts) {
    const history = await page(server, client, user, part);
    assert.deepEqual(history, { messages: [], hasMore: false });
  }
});

test("parts that are none", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  await say(client);
  /** @param {string} message */
  const bad = (message) => ({ message: [message], error: "Bad Request", statusCode: 400 });
  const wrong = [
    { part: { limit: 0 }, body: bad("limit must not be less than 1") },
    { part: { limit: 101 }, body: bad("limit must not be greater than 100") },
    { part: { limit: -1 }, body: bad("limit must not be less than 1") },
    { part: { limit: 1.5 }, body: bad("limit must be an integer number") },
    { part: { limit: "many" }, body: bad("limit must be an integer number") },
    { part: { before: -1 }, body: bad("before must not be less than 0") },
    { part: { after: 0.5 }, body: bad("after must be an integer number") },
    { part: { after: "" }, body: bad("after must be an integer number") },
    { part: { limit: 2 ** 32 + 1 }, body: bad("limit must not be greater than 100") },
  ];
  for (const { part, body } of wrong) {
    const said = JSON.stringify(part);
    assert.equal(await fails(client, "message-history", part), "invalid_payload", said);
    const query = new URLSearchParams(Object.entries(part).map(([key, n]) => [key, `${n}`]));
    const answer = await server.api(`rooms/lobby/messages?${query}`, user);
    assert.deepEqual([answer.status, answer.body], [400, body], said);
  }
  for (const part of ["lobby", [], 5, { room: 5 }]) {
    assert.equal(await fails(client, "message-history", part), "invalid_payload");
  }
  const unknown = await server.api("rooms/lobby/messages?page=2", user);
  assert.deepEqual(unknown.body, bad("property page should not exist"));
  client.socket.emit("message-history", { limit: 101 });
  assert.equal((await client.event("exception"))[0].code, "invalid_payload");
});

test("large texts make short pages, and nothing is left out", async (t) => {
  const server = await start(t, { TERTULIA_MESSAGES__MAX_LENGTH: "65536" });
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  // Four bytes each: of the first ones three make a page, of the large ones one.
  const sizes = [...range(1, 15).map(() => 20_000), 65_536, 1, 65_536, 65_536, 1];
  for (const size of sizes) await say(client, "lobby", "🦜".repeat(size));
  const all = range(1, sizes.length);
  /** @type {number[]} */
  const forwards = [];
  for (let hasMore = true; hasMore; ) {
    const part = await page(server, client, user, { after: forwards.at(-1) ?? 0, limit: 100 });
    assertShort(part.messages);
    forwards.push(...part.messages.map(({ seq }) => seq));
    hasMore = part.hasMore;
  }
  assert.deepEqual(forwards, all);
  /** @type {number[]} */
  const backwards = [];
  for (let hasMore = true; hasMore; ) {
    const before = backwards.at(0) ?? sizes.length + 1;
    const part = await page(server, client, user, { before, limit: 100 });
    assertShort(part.messages);
    backwards.unshift(...part.messages.map(({ seq }) => seq));
    hasMore = part.hasMore;
  }
  assert.deepEqual(backwards, all);
});

/** @param {Stored[]} messages */
function assertShort(messages) {
  const bytes = messages.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
  assert.ok(messages.length > 0, "there is always one, so that one gets on");
  assert.ok(bytes <= 256 * 1024 || messages.length === 1, `${bytes} bytes`);
}

test("names are as they are now", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register("Ana"), await server.register("Luis")];
  const client = await connect(t, server.url, ana.token);
  const other = await connect(t, server.url, luis.token);
  await say(client, "lobby", "before");
  await server.change(ana, { fullName: "Ana María" });
  await say(client, "lobby", "after");
  await settle(other, client);
  const told = heard(other).map(({ fullName, message }) => [fullName, message]).slice(0, 2);
  assert.deepEqual(told, [
    ["Ana", "before"],
    ["Ana María", "after"],
  ]);
  const { messages } = await page(server, other, luis, {});
  assert.deepEqual(messages.map(({ fullName }) => fullName), ["Ana María", "Ana María", "Luis"]);
  // Who may not sign in any more has said what they have said.
  await server.change(ana, { isActive: false });
  assert.deepEqual((await page(server, other, luis, {})).messages, messages);
});
