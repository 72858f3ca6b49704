// @ts-check
// Rooms over REST: what there is, and the same decisions as over a socket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { ask, does, say } from "../harness/talk.mjs";

const ROOMS = `
[rooms.ventas]
join = ["admin"]

[rooms.open]
`;

/** What the codes of an ack are over HTTP. @type {Record<string, [number, string]>} */
const STATUS = {
  forbidden: [403, "Forbidden"],
  not_found: [404, "Not Found"],
  invalid_payload: [400, "Bad Request"],
};

for (const [what, file] of [
  ["rooms that are configured", ROOMS],
  ["rooms of any name", undefined],
]) {
  test(`a request is decided like an event: ${what}`, async (t) => {
    const server = await start(t, {}, file);
    const [boss, ana] = [await server.admin(), await server.register()];
    const speaker = await connect(t, server.url, boss.token);
    const client = await connect(t, server.url, ana.token);
    for (const room of ["ventas", "open"]) {
      await does(speaker, "join-room", { room });
      await say(speaker, room, "hola");
    }
    const to = { userId: ana.id };
    const { room: direct } = await does(speaker, "direct-message", { to, message: "psst" });
    const own = [boss.id, boss.email, ana.id, ana.email];
    const rooms = ["lobby", "ventas", "open", "nowhere", "a b", "x".repeat(65), direct, ...own];
    const others = direct.replace(ana.id, "00000000-0000-4000-8000-000000000000");
    for (const step of ["before", "after"]) {
      for (const { token, socket } of [
        { ...boss, socket: speaker },
        { ...ana, socket: client },
      ]) {
        for (const room of [...rooms, others]) {
          const { ok, error, ...history } = await ask(socket, "message-history", { room });
          const path = `rooms/${encodeURIComponent(room)}/messages`;
          const { status, body } = await server.api(path, { token });
          if (ok) {
            assert.deepEqual([status, body], [200, history], room);
          } else {
            const [statusCode, reason] = STATUS[error.code];
            const { message } = error;
            assert.deepEqual(body, { message, error: reason, statusCode }, room);
            assert.equal(status, statusCode);
          }
        }
      }
      if (step === "before") await does(client, "join-room", { room: "open" });
    }
    const path = "rooms/open/messages";
    assert.equal((await server.api(path, { token: ana.token })).body.messages.length, 1);
    // Also of those who are not connected.
    client.socket.close();
    await speaker.list([speaker.socket.id]);
    const away = await server.api(path, { token: ana.token });
    assert.equal(away.status, 200);
    assert.equal(away.body.messages[0].message, "hola");
    const { status } = await server.api("rooms/ventas/messages", { token: ana.token });
    assert.equal(status, 403);
  });
}

test("the list: the lobby, one's own rooms, and those that are open to one", async (t) => {
  const server = await start(t, {}, ROOMS);
  const [boss, ana] = [await server.admin(), await server.register()];
  const client = await connect(t, server.url, boss.token);
  await does(client, "join-room", { room: "ventas" });
  await say(client, "ventas");
  await say(client, "ventas");
  await say(client);
  const { status, body } = await server.api("rooms", { token: boss.token });
  assert.equal(status, 200);
  assert.deepEqual(body, [
    { room: "lobby", joined: true, lastSeq: 1 },
    { room: "open", joined: false, lastSeq: 0 },
    { room: "ventas", joined: true, lastSeq: 2 },
  ]);
  assert.deepEqual((await server.api("rooms", { token: ana.token })).body, [
    { room: "lobby", joined: true, lastSeq: 1 },
    { room: "open", joined: false, lastSeq: 0 },
  ]);
});

test("the list without configured rooms: the lobby and what one has joined", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ana.token);
  for (const room of ["zeta", "alfa", "left"]) await does(client, "join-room", { room });
  await does(client, "leave-room", { room: "left" });
  const joined = true;
  const mine = [
    { room: "lobby", joined, lastSeq: 0 },
    { room: "alfa", joined, lastSeq: 0 },
    { room: "zeta", joined, lastSeq: 0 },
  ];
  assert.deepEqual((await server.api("rooms", { token: ana.token })).body, mine);
  assert.deepEqual((await server.api("rooms", { token: luis.token })).body, [mine[0]]);
  client.socket.close();
  const gone = async () => (await server.api("clients", { token: ana.token })).body.length === 0;
  while (!(await gone()));
  assert.deepEqual((await server.api("rooms", { token: ana.token })).body, mine);
});

test("without a token there is nothing to see", async (t) => {
  const server = await start(t);
  for (const path of ["rooms", "rooms/lobby/messages"]) {
    const { status, body } = await server.api(path);
    assert.deepEqual([status, body], [401, { message: "Unauthorized", statusCode: 401 }]);
  }
});

test("the list has those with whom one has talked, the last ones first", async (t) => {
  const server = await start(t);
  const [ana, luis, eva] = await Promise.all(
    ["Ana", "Luis", "Eva"].map((fullName) => server.register(fullName)),
  );
  const client = await connect(t, server.url, ana.token);
  const joined = true;
  const lobby = { room: "lobby", joined, lastSeq: 0 };
  const talks = [];
  for (const user of [luis, eva, luis]) {
    talks.push(await does(client, "direct-message", { to: { userId: user.id }, message: "x" }));
  }
  const [first, second] = talks.map(({ room }) => room);
  const list = async (/** @type {{ token: string }} */ { token }) =>
    (await server.api("rooms", { token })).body;
  assert.deepEqual(await list(ana), [
    lobby,
    { room: first, joined, lastSeq: 2, direct: { userId: luis.id, fullName: "Luis" } },
    { room: second, joined, lastSeq: 1, direct: { userId: eva.id, fullName: "Eva" } },
  ]);
  // Also for the one who was away, and not for others.
  const withAna = { userId: ana.id, fullName: "Ana" };
  assert.deepEqual(await list(eva), [lobby, { room: second, joined, lastSeq: 1, direct: withAna }]);
});
