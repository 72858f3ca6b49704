// @ts-check
// Numbers without gaps, answers before deliveries, and messages that are said once however often
// they are sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { does, heard, say, settle, texts } from "../harness/talk.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */

/** 1, 2, 3… @param {number} count */
const numbers = (count) => Array.from({ length: count }, (_, n) => n + 1);

/** @param {Client} client @param {string} room */
const seqs = (client, room) =>
  heard(client).flatMap((message) => (message.room === room ? [message.seq] : []));

/**
 * Sends a message, and has its ack written down in the log with what happens otherwise.
 * @param {Client} client
 * @param {object} message
 */
function send(client, message) {
  client.socket.emit("message-from-client", message, (/** @type {unknown} */ ack) =>
    client.log.push(["*ack", ack]),
  );
}

test("each room has numbers of its own, from 1, without gaps, also after a restart", async (t) => {
  const server = await start(t);
  const ana = await server.register();
  const client = await connect(t, server.url, ana.token);
  const rooms = ["ventas", "compras", "lobby"];
  for (const room of rooms) await does(client, "join-room", { room });
  for (const seq of [1, 2, 3]) {
    for (const room of rooms) assert.equal((await say(client, room)).seq, seq);
  }
  await server.restart();
  await client.event("*connect", 2);
  for (const room of rooms) {
    assert.deepEqual(await does(client, "join-room", { room }), { room, lastSeq: 3 });
    assert.equal((await say(client, room)).seq, 4);
  }
});

test("what is refused takes no number", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  await say(client);
  for (const message of [5, "x".repeat(4001), "U+0000: \0"]) {
    const { ok } = await client.socket.emitWithAck("message-from-client", { message });
    assert.equal(ok, false);
  }
  assert.equal((await say(client)).seq, 2);
});

for (const [name, way] of Object.entries(transports)) {
  test(`many at once, of many: answered and delivered in order everywhere (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_SERVER__WORKERS: "4" });
    const users = await Promise.all(Array.from({ length: 6 }, () => server.register()));
    const clients = await Promise.all(
      users.map(({ token }) => connect(t, server.url, token, { transports: way })),
    );
    for (const client of clients) await does(client, "join-room", { room: "ventas" });
    const each = 50;
    for (const room of ["ventas", "lobby"]) {
      for (const [at, client] of clients.entries()) {
        for (const n of numbers(each)) send(client, { room, message: `${at}:${n}` });
      }
    }
    const total = clients.length * each;
    for (const client of clients) {
      await client.event("message-from-server", 2 * total);
      await client.event("*ack", 2 * each);
    }
    for (const room of ["ventas", "lobby"]) {
      for (const [at, client] of clients.entries()) {
        assert.deepEqual(seqs(client, room), numbers(total));
        const own = texts(client, room).filter((text) => text.startsWith(`${at}:`));
        assert.deepEqual(own, numbers(each).map((n) => `${at}:${n}`));
        assertAckedFirst(client, room, users[at].id);
      }
    }
    const { messages } = await does(clients[0], "message-history", { room: "ventas", limit: 100 });
    const last = heard(clients[0]).filter((message) => message.room === "ventas").slice(-100);
    assert.deepEqual(messages.map(told), last.map(told));
  });
}

/** @param {any} message */
const told = ({ id, seq, userId, fullName, message, sentAt }) =>
  [id, seq, userId, fullName, message, sentAt];

/**
 * Of one's own messages, the answers come in the order of the numbers, each before the message.
 * @param {Client} client
 * @param {string} room
 * @param {string} userId
 */
function assertAckedFirst(client, room, userId) {
  /** @type {number[]} */
  const acked = [];
  for (const [event, first, second] of /** @type {any[]} */ (client.log.entries)) {
    if (event === "*ack" && first.room === room) {
      assert.equal(first.ok, true);
      acked.push(first.seq);
    }
    if (event === "message-from-server" && second.room === room && second.userId === userId) {
      assert.ok(acked.includes(second.seq), `${room} ${second.seq} came before its ack`);
    }
  }
  assert.deepEqual(acked, acked.toSorted((one, other) => one - other));
  assert.equal(new Set(acked).size, acked.length);
}

for (const [name, way] of Object.entries(transports)) {
  test(`what is sent again is said once, and answered as before (${name})`, async (t) => {
    const server = await start(t);
    const [ana, luis] = [await server.register(), await server.register()];
    const client = await connect(t, server.url, ana.token, { transports: way });
    const other = await connect(t, server.url, luis.token, { transports: way });
    const named = { clientMsgId: "draft 1" };
    const first = await say(client, "lobby", "once", named);
    assert.equal("duplicate" in first, false);
    const again = await say(client, "lobby", "once", named);
    assert.deepEqual(again, { ...first, duplicate: true });
    // The first one counts, whatever the others say, and where.
    await does(client, "join-room", { room: "ventas" });
    assert.deepEqual(await say(client, "ventas", "other", named), again);
    const to = { userId: luis.id };
    const directly = { to, message: "other", ...named };
    assert.deepEqual(await does(client, "direct-message", directly), again);
    assert.equal((await say(client, "ventas")).seq, 1);
    // Another user may call theirs the same.
    const theirs = await say(other, "lobby", "theirs", named);
    assert.deepEqual([theirs.seq, theirs.duplicate], [2, undefined]);
    await settle(client, other);
    for (const one of [client, other]) {
      const lobby = texts(one, "lobby").filter((text) => !text.startsWith("mark"));
      assert.deepEqual(lobby, ["once", "theirs"]);
      assert.equal(heard(one).filter(({ direct }) => direct).length, 0);
    }
    await server.restart();
    await client.event("*connect", 2);
    assert.deepEqual(await say(client, "lobby", "once", named), again, "also after a restart");
  });
}

test("of many copies that are on their way at once, one is said", async (t) => {
  const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
  const ana = await server.register();
  const clients = await Promise.all([1, 2, 3].map(() => connect(t, server.url, ana.token)));
  const acks = await Promise.all(
    clients.flatMap((client) =>
      numbers(20).map((n) => say(client, "lobby", `${n % 5}`, { clientMsgId: `${n % 5}` })),
    ),
  );
  assert.equal(acks.filter(({ duplicate }) => duplicate !== true).length, 5);
  const places = new Set(acks.map(({ id, seq, sentAt }) => `${id} ${seq} ${sentAt}`));
  assert.equal(places.size, 5);
  await settle(clients[0], ...clients.slice(1));
  for (const client of clients) assert.deepEqual(seqs(client, "lobby"), numbers(6));
});

test("names of messages that are none", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  const to = { email: "test1@google.com" };
  for (const clientMsgId of ["", "x".repeat(65), 7, {}, "\0"]) {
    for (const event of ["message-from-client", "direct-message"]) {
      const payload = { to, message: "x", clientMsgId };
      const { error } = await client.socket.emitWithAck(event, payload);
      assert.equal(error.code, "invalid_payload", `${event} ${JSON.stringify(clientMsgId)}`);
    }
  }
  assert.equal((await say(client, "lobby", "x", { clientMsgId: "x".repeat(64) })).seq, 1);
  assert.equal((await say(client, "lobby", "x", { clientMsgId: "ñ🦜" })).seq, 2);
});
