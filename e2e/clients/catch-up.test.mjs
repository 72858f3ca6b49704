// @ts-check
// What somebody has missed: everything, or the word that it is not everything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { Proxy } from "../harness/proxy.mjs";
import { start } from "../harness/server.mjs";
import { ask, does, fails, heard, say, settle } from "../harness/talk.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */

/** @param {number} first @param {number} last */
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** @param {Client} client @param {Record<string, number>} rooms */
const catchUp = async (client, rooms) => (await does(client, "catch-up", { rooms })).rooms;

/** The numbers of what was missed. @param {{ messages: { seq: number }[] }} missed */
const seqs = ({ messages }) => messages.map(({ seq }) => seq);

/** @param {Client} client @param {string} room @param {number} count */
const sayMany = (client, room, count, message = "x") =>
  Promise.all(range(1, count).map(() => say(client, room, message)));

const RELOAD = { messages: [], complete: false };

test("what was missed in several rooms, and nothing that was not", async (t) => {
  const server = await start(t);
  const user = await server.register("Ana");
  const client = await connect(t, server.url, user.token);
  for (const room of ["ventas", "compras", "quiet"]) await does(client, "join-room", { room });
  await sayMany(client, "ventas", 5);
  await sayMany(client, "compras", 3);
  const to = { userId: user.id };
  const direct = await does(client, "direct-message", { to, message: "x" });
  const seen = { ventas: 2, compras: 3, quiet: 0, lobby: 0, [direct.room]: 0 };
  const rooms = await catchUp(client, seen);
  assert.deepEqual(Object.keys(rooms).sort(), Object.keys(seen).sort());
  const nothing = { messages: [], complete: true };
  for (const room of ["compras", "quiet", "lobby"]) assert.deepEqual(rooms[room], nothing, room);
  assert.deepEqual(seqs(rooms.ventas), [3, 4, 5]);
  assert.deepEqual(seqs(rooms[direct.room]), [1]);
  const { messages } = await does(client, "message-history", { room: "ventas", after: 2 });
  assert.deepEqual(rooms.ventas, { messages, complete: true });
  assert.deepEqual(seqs((await catchUp(client, { ventas: 0 })).ventas), range(1, 5));
  assert.deepEqual(await ask(client, "catch-up", { rooms: {} }), { ok: true, rooms: {} });
});

test("who has missed too much reloads", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  await does(client, "join-room", { room: "ventas" });
  await sayMany(client, "ventas", 501);
  const all = await catchUp(client, { ventas: 1 });
  assert.deepEqual(seqs(all.ventas), range(2, 501));
  assert.equal(all.ventas.complete, true);
  assert.deepEqual(await catchUp(client, { ventas: 0 }), { ventas: RELOAD });
});

test("in bytes too, over all rooms together", async (t) => {
  const server = await start(t, { TERTULIA_MESSAGES__MAX_LENGTH: "50000" });
  const client = await connect(t, server.url, (await server.register()).token);
  const large = "🦜".repeat(25_000);
  for (const room of ["a", "b", "c"]) {
    await does(client, "join-room", { room });
    await sayMany(client, room, 3, large);
  }
  const rooms = await catchUp(client, { a: 0, b: 0, c: 1 });
  assert.deepEqual([seqs(rooms.a), rooms.a.complete], [[1, 2, 3], true]);
  assert.deepEqual(rooms.b, RELOAD, "there is no place for it");
  assert.deepEqual([seqs(rooms.c), rooms.c.complete], [[2, 3], true]);
  // Asked for alone, it is there.
  assert.deepEqual(seqs((await catchUp(client, { b: 0 })).b), [1, 2, 3]);
  await sayMany(client, "c", 3, large);
  assert.deepEqual(await catchUp(client, { c: 0 }), { c: RELOAD });
});

test("rooms that cannot be read say so, each on its own", async (t) => {
  const server = await start(t, {}, `[rooms.ventas]\n\n[rooms.closed]\njoin = ["admin"]\n`);
  const client = await connect(t, server.url, (await server.register()).token);
  await does(client, "join-room", { room: "ventas" });
  await say(client, "ventas");
  const wrong = {
    closed: "forbidden",
    nowhere: "not_found",
    "a b": "invalid_payload",
    "somebody@example.com": "forbidden",
    "direct:00000000-0000-4000-8000-000000000000:00000000-0000-4000-8000-000000000001": "forbidden",
    ["x".repeat(300)]: "invalid_payload",
  };
  const asked = Object.keys(wrong).map((room) => /** @type {const} */ ([room, 0]));
  const rooms = await catchUp(client, { ventas: 0, ...Object.fromEntries(asked) });
  assert.deepEqual([seqs(rooms.ventas), rooms.ventas.error], [[1], undefined]);
  for (const [room, code] of Object.entries(wrong)) {
    const { error, ...rest } = rooms[room];
    assert.deepEqual(rest, RELOAD, room);
    assert.equal(error.code, code, room);
    assert.equal(typeof error.message, "string");
    // If there is no other room, it is the answer.
    assert.equal(await fails(client, "catch-up", { rooms: { [room]: 0 } }), code);
  }
});

test("what no client can have seen", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  await does(client, "join-room", { room: "ventas" });
  await sayMany(client, "ventas", 3);
  for (const seen of [4, 1000, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(await catchUp(client, { ventas: seen }), { ventas: RELOAD }, `${seen}`);
  }
  assert.deepEqual(await catchUp(client, { lobby: 1 }), { lobby: RELOAD });
  for (const rooms of [null, "ventas", { ventas: -1 }, { ventas: 0.5 }, { ventas: "1" }, undefined]) {
    assert.equal(await fails(client, "catch-up", { rooms }), "invalid_payload");
  }
  const many = range(1, 101).map((n) => [`room${n}`, 0]);
  const rooms = Object.fromEntries(many);
  assert.equal(await fails(client, "catch-up", { rooms }), "too_large");
});

for (const [name, way] of Object.entries(transports)) {
  for (const how of /** @type {const} */ (["restart", "kill"])) {
    test(`after a ${how} of the server nothing is missing (${name})`, async (t) => {
      const server = await start(t);
      const proxy = await Proxy.before(t, server.url);
      const [ana, luis] = [await server.register(), await server.register()];
      const speaker = await connect(t, server.url, luis.token);
      const away = await connect(t, proxy.url, ana.token, { transports: way });
      for (const client of [speaker, away]) await does(client, "join-room", { room: "ventas" });
      await sayMany(speaker, "ventas", 3);
      await settle(speaker, away);
      await proxy.held();
      await server.settled();
      proxy.cut();
      await away.event("*disconnect");
      await sayMany(speaker, "ventas", 3);
      await server[how]();
      if (how === "kill") await server.startAgain();
      await speaker.event("*connect", 2);
      await sayMany(speaker, "ventas", 3);
      proxy.heal();
      await away.event("*connect", 2);
      assert.equal(away.socket.recovered, false);
      const seen = heard(away).filter(({ room }) => room === "ventas").map(({ seq }) => seq);
      assert.deepEqual(seen, [1, 2, 3]);
      const { ventas, lobby } = await catchUp(away, { ventas: 3, lobby: 1 });
      assert.deepEqual(seqs(ventas), range(4, 9));
      assert.deepEqual([ventas.complete, lobby], [true, { messages: [], complete: true }]);
      // And it is a member without having joined again.
      await say(speaker, "ventas", "live");
      await settle(speaker, away);
      assert.deepEqual(heard(away).filter(({ message }) => message === "live").length, 1);
    });
  }

  test(`after a short drop it comes by itself, in the rooms too (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
    const proxy = await Proxy.before(t, server.url);
    const [ana, luis] = [await server.register(), await server.register()];
    const speaker = await connect(t, server.url, luis.token);
    const desk = await connect(t, server.url, ana.token);
    const away = await connect(t, proxy.url, ana.token, { transports: way });
    for (const room of ["ventas", "left", "entered"]) await does(speaker, "join-room", { room });
    for (const room of ["ventas", "left"]) await does(desk, "join-room", { room });
    await settle(speaker, away);
    await proxy.held();
    await server.settled();
    proxy.cut();
    await away.event("*disconnect");
    // Its rooms change while it is away: by another connection of the same user.
    await does(desk, "leave-room", { room: "left" });
    await does(desk, "join-room", { room: "entered" });
    for (const room of ["ventas", "left", "entered"]) await say(speaker, room, "missed");
    await does(speaker, "direct-message", { to: { userId: ana.id }, message: "missed" });
    proxy.heal();
    await away.event("*connect", 2);
    assert.equal(away.socket.recovered, true);
    for (const room of ["ventas", "left", "entered"]) await say(speaker, room, "live");
    await settle(speaker, away, desk);
    const told = heard(away).flatMap(({ room, message, direct }) =>
      room === "lobby" ? [] : [`${direct ? "direct" : room}: ${message}`],
    );
    const missed = ["ventas: missed", "entered: missed", "direct: missed"];
    assert.deepEqual(told, [...missed, "ventas: live", "entered: live"]);
  });
}

test("what is kept no longer makes it incomplete", async (t) => {
  const server = await start(t, {}, `[rooms.ventas]\nkeep_count = 10\n\n[rooms.compras]\n`);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const room of ["ventas", "compras"]) {
    await does(client, "join-room", { room });
    await sayMany(client, room, 30);
  }
  // Old messages are removed at the start, and now and then after it.
  await server.restart();
  await client.event("*connect", 2);
  const history = () => does(client, "message-history", { room: "ventas", limit: 100 });
  while ((await history()).messages.length > 10);
  const { messages, hasMore } = await history();
  assert.deepEqual([seqs({ messages }), hasMore], [range(21, 30), false]);
  assert.deepEqual(await catchUp(client, { ventas: 0 }), { ventas: RELOAD });
  assert.deepEqual(await catchUp(client, { ventas: 19 }), { ventas: RELOAD });
  assert.deepEqual(await catchUp(client, { ventas: 20 }), { ventas: { messages, complete: true } });
  assert.deepEqual(seqs((await catchUp(client, { compras: 0 })).compras), range(1, 30));
  const first = await does(client, "message-history", { room: "ventas", after: 0, limit: 2 });
  assert.deepEqual([seqs(first), first.hasMore], [[21, 22], true]);
  assert.equal((await say(client, "ventas")).seq, 31, "numbers go on");
});

test("what is too old is gone, all of it", async (t) => {
  const server = await start(t, { TERTULIA_MESSAGES__KEEP_FOR: "1ms" });
  const client = await connect(t, server.url, (await server.register()).token);
  await sayMany(client, "lobby", 3);
  await server.restart();
  await client.event("*connect", 2);
  while ((await does(client, "message-history", {})).messages.length > 0);
  assert.deepEqual(await catchUp(client, { lobby: 2 }), { lobby: RELOAD });
  assert.deepEqual(await catchUp(client, { lobby: 3 }), { lobby: { messages: [], complete: true } });
  assert.equal((await say(client)).seq, 4);
});
