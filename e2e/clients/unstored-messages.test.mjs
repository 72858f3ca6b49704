// @ts-check
// Messages that are not stored: they reach those who are there, and leave nothing behind.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { does, heard, say, settle, texts } from "../harness/talk.mjs";

/**
 * Whether a text stands anywhere in the files of the database.
 * @param {import("../harness/server.mjs").Server} server
 * @param {string} text
 */
async function isOnDisk(server, text) {
  const folder = join(server.folder, "data");
  const names = (await readdir(folder)).filter((name) => name.startsWith("tertulia.db"));
  assert.ok(names.length > 0);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.some((file) => file.includes(text));
}

for (const [name, way] of Object.entries(transports)) {
  test(`nothing is stored: delivered, numbered from 1, and gone (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_MESSAGES__STORE: "false" });
    const [ana, luis] = [await server.register(), await server.register()];
    const client = await connect(t, server.url, ana.token, { transports: way });
    const other = await connect(t, server.url, luis.token, { transports: way });
    for (const one of [client, other]) await does(one, "join-room", { room: "ventas" });
    const all = Array.from({ length: 50 }, (_, n) => say(client, "ventas", `unstored ${n}`));
    const acks = await Promise.all(all);
    assert.deepEqual(acks.map(({ seq }) => seq), acks.map((_, n) => n + 1));
    const to = { userId: luis.id };
    const direct = await does(client, "direct-message", { to, message: "unstored, directly" });
    assert.equal(direct.seq, 1);
    await settle(client, other);
    for (const one of [client, other]) {
      assert.deepEqual(texts(one, "ventas"), acks.map((_, n) => `unstored ${n}`));
      assert.deepEqual(texts(one, direct.room), ["unstored, directly"]);
    }
    const here = { room: "ventas", lastSeq: 50 };
    assert.deepEqual(await does(client, "join-room", { room: "ventas" }), here);
    for (const room of ["ventas", "lobby", direct.room]) {
      const nothing = { messages: [], hasMore: false };
      assert.deepEqual(await does(client, "message-history", { room }), nothing);
      const { rooms } = await does(client, "catch-up", { rooms: { [room]: 0 } });
      assert.deepEqual(rooms, { [room]: { messages: [], complete: false } });
    }
    assert.equal(await isOnDisk(server, "unstored"), false);
    assert.equal(await isOnDisk(server, ana.email), true, "this is where it would be");

    await server.restart();
    await client.event("*connect", 2);
    const anew = { room: "ventas", lastSeq: 0 };
    assert.deepEqual(await does(client, "join-room", { room: "ventas" }), anew);
    server.env.TERTULIA_MESSAGES__STORE = "true";
    await server.restart();
    await client.event("*connect", 3);
    assert.deepEqual(await does(client, "join-room", { room: "ventas" }), anew);
    assert.equal((await say(client, "ventas", "stored")).seq, 1);
    assert.equal(await isOnDisk(server, "stored"), true);
  });
}

test("one room is not stored, and the others are", async (t) => {
  const server = await start(t, {}, `[rooms.ventas]\nstore = false\n\n[rooms.compras]\n`);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const room of ["ventas", "compras"]) {
    await does(client, "join-room", { room });
    assert.equal((await say(client, room, `in ${room}`)).seq, 1);
  }
  await settle(client);
  const ventas = await does(client, "message-history", { room: "ventas" });
  assert.deepEqual(ventas.messages, []);
  const compras = await does(client, "message-history", { room: "compras" });
  assert.deepEqual(compras.messages.map((/** @type {any} */ { message }) => message), [
    "in compras",
  ]);
  assert.deepEqual(heard(client).map(({ message }) => message).slice(0, 2), [
    "in ventas",
    "in compras",
  ]);
  assert.equal(await isOnDisk(server, "in ventas"), false);
  assert.equal(await isOnDisk(server, "in compras"), true);
  await server.restart();
  await client.event("*connect", 2);
  assert.equal((await does(client, "join-room", { room: "ventas" })).lastSeq, 0);
  assert.equal((await does(client, "join-room", { room: "compras" })).lastSeq, 1);
});

test("all rooms but one are not stored", async (t) => {
  const file = `[rooms.ventas]\nstore = true\n\n[rooms."*"]\n`;
  const server = await start(t, { TERTULIA_MESSAGES__STORE: "false" }, file);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const room of ["ventas", "other"]) {
    await does(client, "join-room", { room });
    await say(client, room, `in ${room}`);
  }
  for (const [room, count] of /** @type {const} */ ([["ventas", 1], ["other", 0], ["lobby", 0]])) {
    const { messages } = await does(client, "message-history", { room });
    assert.equal(messages.length, count, room);
  }
});

test("what was stored before can be read after", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  await say(client, "lobby", "stored");
  server.env.TERTULIA_MESSAGES__STORE = "false";
  await server.restart();
  await client.event("*connect", 2);
  const { messages } = await does(client, "message-history", {});
  assert.deepEqual(messages.map((/** @type {any} */ { message }) => message), ["stored"]);
});
