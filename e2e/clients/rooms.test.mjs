// @ts-check
// Rooms that people join: who hears what is said there, and who may say, read and see it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { ask, does, fails, heard, say, settle, texts, typeUntilHeard } from "../harness/talk.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */

for (const [name, way] of Object.entries(transports)) {
  test(`what is said in a room reaches those in it, and nobody else (${name})`, async (t) => {
    const server = await start(t);
    const people = [await server.register("Ana"), await server.register(), await server.register()];
    const [ana, luis, eva] = await Promise.all(
      people.map(({ token }) => connect(t, server.url, token, { transports: way })),
    );
    for (const client of [ana, luis]) {
      assert.deepEqual(await ask(client, "join-room", { room: "ventas" }), {
        ok: true,
        room: "ventas",
        lastSeq: 0,
      });
    }
    const ack = await say(ana, "ventas", "¡hola!");
    const { id, sentAt } = ack;
    assert.deepEqual(ack, { id, seq: 1, room: "ventas", sentAt });
    for (const client of [ana, luis]) {
      const [body, meta] = await client.event("message-from-server");
      assert.deepEqual(body, { fullName: "Ana", message: "¡hola!" });
      assert.deepEqual(meta, { ...ack, userId: people[0].id });
    }
    const left = await ask(luis, "leave-room", { room: "ventas" });
    assert.deepEqual(left, { ok: true, room: "ventas", lastSeq: 1 });
    await say(ana, "ventas", "only me");
    await settle(ana, luis, eva);
    assert.deepEqual(texts(ana, "ventas"), ["¡hola!", "only me"]);
    assert.deepEqual(texts(luis, "ventas"), ["¡hola!"]);
    assert.deepEqual(texts(eva, "ventas"), []);
    // Coming back: it says what there is, and what was missed can be read.
    assert.deepEqual(await does(luis, "join-room", { room: "ventas" }), {
      room: "ventas",
      lastSeq: 2,
    });
    const { messages } = await does(luis, "message-history", { room: "ventas" });
    assert.deepEqual(messages.map((/** @type {any} */ message) => message.message), [
      "¡hola!",
      "only me",
    ]);
  });
}

test("joining and leaving twice is no error", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const event of ["leave-room", "join-room", "join-room", "leave-room", "leave-room"]) {
    const answer = await ask(client, event, { room: "ventas" });
    assert.deepEqual(answer, { ok: true, room: "ventas", lastSeq: 0 }, event);
  }
  await does(client, "join-room", { room: "ventas" });
  await does(client, "join-room", { room: "ventas" });
  await say(client, "ventas", "once");
  await settle(client);
  assert.deepEqual(texts(client, "ventas"), ["once"]);
});

test("without membership there is nothing to say, to read or to see", async (t) => {
  const server = await start(t);
  const [ana, eva] = [await server.register(), await server.register()];
  const member = await connect(t, server.url, ana.token);
  const stranger = await connect(t, server.url, eva.token);
  await does(member, "join-room", { room: "ventas" });
  await say(member, "ventas");
  /** @type {[string, object][]} */
  const asked = [
    ["message-from-client", { room: "ventas", message: "x" }],
    ["message-history", { room: "ventas" }],
    ["room-members", { room: "ventas" }],
    ["typing", { room: "ventas" }],
    ["catch-up", { rooms: { ventas: 0 } }],
  ];
  for (const [event, payload] of asked) {
    assert.equal(await fails(stranger, event, payload), "forbidden", event);
    stranger.socket.emit(event, payload);
    const [exception] = await stranger.event("exception", stranger.events("exception").length + 1);
    assert.equal(exception.code, "forbidden", event);
    assert.deepEqual(exception.cause, { pattern: event, data: payload });
    await does(member, event, payload);
  }
  await settle(member, stranger);
  assert.equal(heard(member).filter(({ room }) => room === "ventas").length, 2);
  assert.equal(texts(stranger, "ventas").length, 0);
  assert.equal(member.events("typing").length, 0);
});

test("who is in a room, connected or not, in the order of their names", async (t) => {
  const server = await start(t);
  const [eva, ana] = [await server.register("Eva"), await server.register("Ana")];
  const first = await connect(t, server.url, eva.token);
  const second = await connect(t, server.url, ana.token);
  for (const client of [first, second]) await does(client, "join-room", { room: "ventas" });
  const both = [
    { userId: ana.id, fullName: "Ana" },
    { userId: eva.id, fullName: "Eva" },
  ];
  assert.deepEqual(await ask(first, "room-members", { room: "ventas" }), {
    ok: true,
    members: both,
  });
  second.socket.close();
  await first.list([first.socket.id]);
  assert.deepEqual(await does(first, "room-members", { room: "ventas" }), { members: both });
  // In the lobby is whoever is connected.
  assert.deepEqual(await does(first, "room-members", { room: "lobby" }), { members: [both[1]] });
});

test("someone types in a room: those in it hear of it", async (t) => {
  const server = await start(t);
  const people = [await server.register("Ana"), await server.register(), await server.register()];
  const way = { transports: transports.websocket };
  const [ana, luis, eva] = await Promise.all(
    people.map(({ token }) => connect(t, server.url, token, way)),
  );
  for (const client of [ana, luis]) await does(client, "join-room", { room: "ventas" });
  const [notice] = await typeUntilHeard(ana, luis, { room: "ventas" });
  assert.deepEqual(notice, { userId: people[0].id, fullName: "Ana", room: "ventas" });
  await settle(ana, luis, eva);
  assert.deepEqual([ana, eva].map((client) => client.events("typing").length), [0, 0]);
});

test("a membership outlives connections and the server", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register(), await server.register()];
  const other = await connect(t, server.url, luis.token);
  await does(other, "join-room", { room: "ventas" });
  const before = await connect(t, server.url, ana.token);
  await does(before, "join-room", { room: "ventas" });
  await does(before, "join-room", { room: "left-again" });
  await does(before, "leave-room", { room: "left-again" });
  before.socket.close();
  const again = await connect(t, server.url, ana.token);
  await say(other, "ventas", "reconnected");
  await settle(other, again);
  assert.deepEqual(texts(again, "ventas"), ["reconnected"]);

  await server.restart();
  await Promise.all([other, again].map((client) => client.event("*connect", 2)));
  await say(other, "ventas", "restarted");
  await settle(other, again);
  assert.deepEqual(texts(again, "ventas"), ["reconnected", "restarted"]);
  assert.equal((await say(again, "ventas")).seq, 3);
  assert.equal(await fails(again, "message-from-client", { room: "left-again" }), "forbidden");
});

test("all connections of a user enter and leave together", async (t) => {
  const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
  const [ana, luis] = [await server.register(), await server.register()];
  const speaker = await connect(t, server.url, luis.token);
  await does(speaker, "join-room", { room: "ventas" });
  /** @type {Client[]} */
  const all = [];
  for (const way of Object.values(transports)) {
    all.push(await connect(t, server.url, ana.token, { transports: way }));
  }
  await does(all[0], "join-room", { room: "ventas" });
  all.push(await connect(t, server.url, ana.token));
  await say(speaker, "ventas", "in");
  await settle(speaker, ...all);
  for (const client of all) assert.deepEqual(texts(client, "ventas"), ["in"]);
  assert.equal((await say(all[3], "ventas", "from any")).seq, 2);
  await does(all[1], "leave-room", { room: "ventas" });
  await say(speaker, "ventas", "out");
  await settle(speaker, ...all);
  for (const client of all) assert.deepEqual(texts(client, "ventas"), ["in", "from any"]);
  assert.equal(await fails(all[3], "message-from-client", { room: "ventas" }), "forbidden");
});

test("a user is in no more rooms than they may be", async (t) => {
  const server = await start(t, {
    TERTULIA_RATE_LIMITS__ENABLED: "true",
    TERTULIA_RATE_LIMITS__ROOMS_PER_USER: "2",
  });
  const [ana, luis] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ana.token);
  const other = await connect(t, server.url, luis.token);
  for (const room of ["one", "two"]) await does(client, "join-room", { room });
  assert.equal(await fails(client, "join-room", { room: "three" }), "forbidden");
  assert.equal(await fails(client, "message-from-client", { room: "three" }), "forbidden");
  for (const room of ["one", "lobby", ana.email]) await does(client, "join-room", { room });
  await does(client, "leave-room", { room: "one" });
  await does(client, "join-room", { room: "three" });
  // It is a limit of each user, not of all.
  for (const room of ["one", "three"]) await does(other, "join-room", { room });
  // Of many that ask at once, no more get in either.
  for (const room of ["one", "three"]) await does(other, "leave-room", { room });
  const many = Array.from({ length: 20 }, (_, n) => ask(other, "join-room", { room: `room${n}` }));
  assert.equal((await Promise.all(many)).filter(({ ok }) => ok).length, 2);
});
