// @ts-check
// What is said to one person: it reaches all connections of the two, and nobody else, now or later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { ask, does, fails, heard, say, settle, texts } from "../harness/talk.mjs";

/** @typedef {import("../harness/client.mjs").Client} Client */

/** The name of what two people have among themselves. @param {...{ id: string }} two */
const between = (...two) => `direct:${two.map(({ id }) => id).sort().join(":")}`;

/** @param {Client} client @param {object} to @param {string} message */
const whisper = (client, to, message) => does(client, "direct-message", { to, message });

/** What was heard that was said to one person. @param {Client} client */
const direct = (client) => heard(client).filter((message) => message.direct === true);

for (const [name, way] of Object.entries(transports)) {
  test(`it reaches all connections of both, and nobody else (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
    const [ana, luis, eva] = await Promise.all(
      ["Ana", "Luis", "Eva"].map((fullName) => server.register(fullName)),
    );
    const [ana1, ana2, luis1, luis2, third] = await Promise.all(
      [ana, ana, luis, luis, eva].map(({ token }) =>
        connect(t, server.url, token, { transports: way }),
      ),
    );
    const room = between(ana, luis);
    const first = await ask(ana1, "direct-message", { to: { userId: luis.id }, message: "¿sí?" });
    const { id, sentAt } = first;
    assert.deepEqual(first, { ok: true, id, seq: 1, room, sentAt });
    const second = await whisper(luis2, { email: ana.email.toUpperCase() }, "¡sí!");
    assert.equal(second.seq, 2, "both directions have one sequence");
    assert.equal(second.room, room);
    // And it can be said like anything that is said in a room.
    assert.equal((await say(ana2, room, "fin")).seq, 3);
    await settle(third, ana1, ana2, luis1, luis2);
    for (const client of [ana1, ana2, luis1, luis2]) {
      const [body, meta] = await client.event("message-from-server");
      assert.deepEqual(body, { fullName: "Ana", message: "¿sí?" });
      const said = { id, seq: 1, room, userId: ana.id, sentAt, direct: true, to: luis.id };
      assert.deepEqual(meta, said);
      assert.deepEqual(
        direct(client).map(({ seq, userId, to, message }) => [seq, userId, to, message]),
        [
          [1, ana.id, luis.id, "¿sí?"],
          [2, luis.id, ana.id, "¡sí!"],
          [3, ana.id, luis.id, "fin"],
        ],
      );
    }
    assert.deepEqual(heard(third).map((message) => message.room), ["lobby"]);
  });
}

test("history, catch-up, members and typing are for the two", async (t) => {
  const server = await start(t);
  const [ana, luis, eva] = await Promise.all(
    ["Ana", "Luis", "Eva"].map((fullName) => server.register(fullName)),
  );
  const way = { transports: transports.websocket };
  const [one, other, third] = await Promise.all(
    [ana, luis, eva].map(({ token }) => connect(t, server.url, token, way)),
  );
  const { room } = await whisper(one, { userId: luis.id }, "a");
  await whisper(other, { userId: ana.id }, "b");
  const members = [
    { userId: ana.id, fullName: "Ana" },
    { userId: luis.id, fullName: "Luis" },
  ];
  for (const client of [one, other]) {
    const { messages, hasMore } = await does(client, "message-history", { room });
    const said = messages.map((/** @type {any} */ m) => [m.seq, m.fullName, m.message, m.room]);
    assert.deepEqual(said, [
      [1, "Ana", "a", room],
      [2, "Luis", "b", room],
    ]);
    assert.equal(hasMore, false);
    const { rooms } = await does(client, "catch-up", { rooms: { [room]: 1 } });
    assert.deepEqual(rooms, { [room]: { messages: [messages[1]], complete: true } });
    const list = await does(client, "room-members", { room });
    const byName = list.members.sort((/** @type {any} */ a, /** @type {any} */ b) =>
      a.fullName.localeCompare(b.fullName),
    );
    assert.deepEqual(byName, members);
    assert.deepEqual(await does(client, "join-room", { room }), { room, lastSeq: 2 });
    assert.equal(await fails(client, "leave-room", { room }), "forbidden");
  }
  await does(one, "typing", { room });
  const events = ["message-history", "room-members", "join-room", "leave-room", "typing"];
  for (const event of [...events, "message-from-client"]) {
    assert.equal(await fails(third, event, { room, message: "x" }), "forbidden", event);
  }
  assert.equal(await fails(third, "catch-up", { rooms: { [room]: 0 } }), "forbidden");
  await settle(one, other, third);
  assert.equal(third.events("typing").length, 0);
  assert.equal(direct(third).length, 0);
  for (const { token } of [ana, luis]) {
    const answer = await server.api(`rooms/${room}/messages`, { token });
    assert.deepEqual([answer.status, answer.body.messages.length], [200, 2]);
  }
  assert.equal((await server.api(`rooms/${room}/messages`, { token: eva.token })).status, 403);
});

test("only one name of a pair is one", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ana.token);
  const room = between(ana, luis);
  const [, low, high] = room.split(":");
  // The other way round it is the same pair, and the answer has its name.
  const ack = await say(client, `direct:${high}:${low}`);
  assert.deepEqual([ack.room, ack.seq], [room, 1]);
  for (const wrong of [`direct:${low}`, `direct:${low}:`, `${room}:`, `DIRECT:${low}:${high}`]) {
    assert.equal(await fails(client, "message-from-client", { room: wrong }), "invalid_payload");
  }
});

test("to somebody whom there is not, or to nobody", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ana.token);
  await server.change(luis, { isActive: false });
  const unknown = [
    { userId: "00000000-0000-4000-8000-000000000000" },
    { userId: "no id" },
    { userId: client.socket.id },
    { email: "nobody@example.com" },
    { email: "no email" },
    { userId: luis.id },
    { email: luis.email },
  ];
  for (const to of unknown) {
    const code = await fails(client, "direct-message", { to, message: "x" });
    assert.equal(code, "not_found", JSON.stringify(to));
  }
  const wrong = [
    { message: "x" },
    { to: {}, message: "x" },
    { to: { userId: ana.id, email: ana.email }, message: "x" },
    { to: "ana", message: "x" },
    { to: { userId: 7 }, message: "x" },
    { to: { userId: ana.id } },
    { to: { userId: ana.id }, message: "" },
    { to: { userId: ana.id }, message: 7 },
  ];
  for (const payload of wrong) {
    const code = await fails(client, "direct-message", payload);
    assert.equal(code, "invalid_payload", JSON.stringify(payload));
  }
  const long = { to: { userId: ana.id }, message: "x".repeat(4001) };
  assert.equal(await fails(client, "direct-message", long), "too_large");
  client.socket.emit("direct-message", { to: unknown[0], message: "x" });
  assert.equal((await client.event("exception"))[0].code, "not_found");
});

test("the name of a pair is no way around that", async (t) => {
  const server = await start(t);
  const [ana, gone] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ana.token);
  await whisper(client, { userId: gone.id }, "as long as they are there");
  await server.change(gone, { isActive: false });
  for (const other of [gone, { id: "00000000-0000-4000-8000-000000000000" }]) {
    const payload = { room: between(ana, other), message: "x" };
    assert.equal(await fails(client, "message-from-client", payload), "not_found");
  }
  // What was said stays readable.
  const { messages } = await does(client, "message-history", { room: between(ana, gone) });
  assert.equal(messages.length, 1);
});

test("to oneself: all own connections have it once", async (t) => {
  const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
  const [ana, eva] = [await server.register("Ana"), await server.register()];
  const [one, two, third] = await Promise.all(
    [ana, ana, eva].map(({ token }) => connect(t, server.url, token)),
  );
  const ack = await whisper(one, { email: ana.email }, "note");
  assert.deepEqual([ack.seq, ack.room], [1, between(ana, ana)]);
  await settle(third, one, two);
  for (const client of [one, two]) {
    assert.deepEqual(direct(client).map(({ to, message }) => [to, message]), [[ana.id, "note"]]);
  }
  assert.equal(direct(third).length, 0);
  const members = [{ userId: ana.id, fullName: "Ana" }];
  assert.deepEqual(await does(one, "room-members", { room: ack.room }), { members });
});

test("who is away reads it later", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register("Ana"), await server.register()];
  const sender = await connect(t, server.url, ana.token);
  const { room } = await whisper(sender, { email: luis.email }, "when you are back");
  await server.restart();
  await sender.event("*connect", 2);
  const late = await connect(t, server.url, luis.token);
  const { rooms } = await does(late, "catch-up", { rooms: { [room]: 0 } });
  assert.deepEqual(
    rooms[room].messages.map((/** @type {any} */ m) => [m.seq, m.fullName, m.message]),
    [[1, "Ana", "when you are back"]],
  );
  assert.equal(rooms[room].complete, true);
  assert.equal((await whisper(late, { userId: ana.id }, "here")).seq, 2);
  await sender.event("message-from-server", 2);
  assert.deepEqual(texts(sender, room), ["when you are back", "here"]);
});
