// @ts-check
// Rooms that are configured: who may join and post, and what becomes of those who no longer may.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { Proxy } from "../harness/proxy.mjs";
import { start } from "../harness/server.mjs";
import { does, fails, say, settle, texts } from "../harness/talk.mjs";

const VENTAS = `
[rooms.ventas]
join = ["admin", "super-user"]
post = ["admin"]
`;

test("roles say who may join and who may post", async (t) => {
  const server = await start(t, {}, VENTAS);
  const [ana, luis] = [await server.register(), await server.register()];
  await server.change(ana, { roles: ["super-user", "user"] });
  const boss = await connect(t, server.url, (await server.admin()).token);
  const reader = await connect(t, server.url, ana.token);
  const stranger = await connect(t, server.url, luis.token);
  for (const client of [boss, reader]) await does(client, "join-room", { room: "ventas" });
  assert.equal(await fails(stranger, "join-room", { room: "ventas" }), "forbidden");
  await say(boss, "ventas", "from the boss");
  for (const event of ["message-from-client", "typing"]) {
    assert.equal(await fails(reader, event, { room: "ventas" }), "forbidden");
    assert.equal(await fails(stranger, event, { room: "ventas" }), "forbidden");
  }
  const { lastSeq } = await does(stranger, "leave-room", { room: "ventas" });
  assert.equal(lastSeq, 0, "how much is said there is none of their business");
  const { messages } = await does(reader, "message-history", { room: "ventas" });
  assert.equal(messages.length, 1);
  assert.equal(await fails(stranger, "message-history", { room: "ventas" }), "forbidden");
  await settle(boss, reader, stranger);
  const told = [boss, reader, stranger].map((client) => texts(client, "ventas"));
  assert.deepEqual(told, [["from the boss"], ["from the boss"], []]);
});

test("rooms that are not configured do not exist", async (t) => {
  const server = await start(t, {}, VENTAS);
  const client = await connect(t, server.url, (await server.admin()).token);
  for (const event of ["join-room", "room-members", "message-from-client", "message-history"]) {
    assert.equal(await fails(client, event, { room: "nowhere" }), "not_found", event);
  }
  assert.equal(await fails(client, "typing", { room: "nowhere" }), "not_found");
  assert.equal(await fails(client, "catch-up", { rooms: { nowhere: 0 } }), "not_found");
  // The lobby, and what two people have among themselves, need no section.
  assert.equal((await say(client, "lobby")).seq, 1);
  const to = { email: "test2@google.com" };
  assert.equal((await does(client, "direct-message", { to, message: "x" })).seq, 1);
});

test("`*` gives the rules of all other rooms", async (t) => {
  const server = await start(t, {}, `${VENTAS}\n[rooms."*"]\npost = ["admin"]\n`);
  const boss = await connect(t, server.url, (await server.admin()).token);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const one of [boss, client]) await does(one, "join-room", { room: "anywhere" });
  assert.equal(await fails(client, "join-room", { room: "ventas" }), "forbidden");
  assert.equal(await fails(client, "message-from-client", { room: "anywhere" }), "forbidden");
  assert.equal((await say(boss, "anywhere", "news")).seq, 1);
  await settle(boss, client);
  assert.deepEqual(texts(client, "anywhere"), ["news"]);
});

test("a lobby in which only some may talk", async (t) => {
  const server = await start(t, {}, `[rooms.lobby]\npost = ["admin"]\n`);
  const boss = await connect(t, server.url, (await server.admin()).token);
  const client = await connect(t, server.url, (await server.register()).token);
  for (const payload of [{}, { room: "lobby" }, "text"]) {
    assert.equal(await fails(client, "message-from-client", payload), "forbidden");
  }
  assert.equal(await fails(client, "typing", {}), "forbidden");
  await settle(boss, client);
  assert.equal(texts(client, "lobby").length, 1);
  assert.equal((await does(client, "message-history", {})).messages.length, 1);
});

for (const [name, way] of Object.entries(transports)) {
  test(`with their role a user loses the room at once, and gets it back (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" }, VENTAS);
    const user = await server.register();
    await server.change(user, { roles: ["admin"] });
    const boss = await connect(t, server.url, (await server.admin()).token);
    const one = await connect(t, server.url, user.token, { transports: way });
    const two = await connect(t, server.url, user.token, { transports: way });
    for (const client of [boss, one]) await does(client, "join-room", { room: "ventas" });
    await say(boss, "ventas", "with it");
    await server.change(user, { roles: ["user"] });
    await say(boss, "ventas", "without it");
    for (const event of ["message-from-client", "message-history", "room-members", "join-room"]) {
      assert.equal(await fails(two, event, { room: "ventas" }), "forbidden", event);
    }
    await settle(boss, one, two);
    for (const client of [one, two]) assert.deepEqual(texts(client, "ventas"), ["with it"]);
    await server.change(user, { roles: ["super-user"] });
    await say(boss, "ventas", "with it again");
    await settle(boss, one, two);
    const all = ["with it", "with it again"];
    for (const client of [one, two]) assert.deepEqual(texts(client, "ventas"), all);
    assert.equal(await fails(one, "message-from-client", { room: "ventas" }), "forbidden");
  });
}

for (const name of /** @type {const} */ (["websocket", "polling"])) {
  test(`who is away while their roles change comes back without the room (${name})`, async (t) => {
    const server = await start(t, {}, VENTAS);
    const proxy = await Proxy.before(t, server.url);
    const user = await server.register();
    await server.change(user, { roles: ["admin"] });
    const boss = await connect(t, server.url, (await server.admin()).token);
    const way = { transports: transports[name] };
    const client = await connect(t, proxy.url, user.token, way);
    for (const one of [boss, client]) await does(one, "join-room", { room: "ventas" });
    await say(boss, "ventas", "with it");
    await settle(boss, client);
    await proxy.held();
    await server.settled();
    proxy.cut();
    await client.event("*disconnect");
    await server.change(user, { roles: ["user"] });
    await say(boss, "ventas", "not for everyone");
    proxy.heal();
    await client.event("*connect", 2);
    await say(boss, "ventas", "this neither");
    await settle(boss, client);
    assert.deepEqual(texts(client, "ventas"), ["with it"]);
    assert.equal(client.socket.recovered, false);
    assert.equal(await fails(client, "message-history", { room: "ventas" }), "forbidden");
  });
}

test("a room that is configured no longer is gone, and comes back with its members", async (t) => {
  const server = await start(t, {}, VENTAS);
  const boss = await connect(t, server.url, (await server.admin()).token);
  await does(boss, "join-room", { room: "ventas" });
  await say(boss, "ventas", "before");
  await server.configure("[rooms.other]\n");
  await server.restart();
  await boss.event("*connect", 2);
  for (const event of ["message-from-client", "message-history"]) {
    assert.equal(await fails(boss, event, { room: "ventas" }), "not_found", event);
  }
  await server.configure(VENTAS);
  await server.restart();
  await boss.event("*connect", 3);
  assert.equal((await say(boss, "ventas", "after")).seq, 2);
});
