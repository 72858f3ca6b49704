// @ts-check
// What names of rooms stand for: rooms to join, the lobby, and the rooms that are somebody's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { does, fails, heard, say, settle } from "../harness/talk.mjs";

test("names that are none", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  const wrong = ["", " ", "a b", "ñandú", "a/b", "room:ventas", "user:x", "direct:x", "*"];
  const names = [...wrong, "x".repeat(65), "x".repeat(257), 7, null, ["ventas"], undefined];
  for (const room of names) {
    for (const event of ["join-room", "leave-room", "room-members"]) {
      assert.equal(await fails(client, event, { room }), "invalid_payload", `${event} ${room}`);
    }
  }
  for (const room of wrong) {
    for (const event of ["message-from-client", "message-history", "typing"]) {
      assert.equal(await fails(client, event, { room }), "invalid_payload", `${event} ${room}`);
    }
  }
  for (const room of ["x".repeat(64), "A_b-9", "Lobby", "0"]) {
    assert.deepEqual(await does(client, "join-room", { room }), { room, lastSeq: 0 });
    assert.equal((await say(client, room)).room, room);
  }
});

test("the lobby is a room that nobody joins or leaves", async (t) => {
  const server = await start(t);
  const client = await connect(t, server.url, (await server.register()).token);
  await say(client);
  assert.deepEqual(await does(client, "join-room", { room: "lobby" }), {
    room: "lobby",
    lastSeq: 1,
  });
  assert.equal(await fails(client, "leave-room", { room: "lobby" }), "forbidden");
  assert.equal((await say(client, "lobby")).seq, 2);
});

test("nobody enters the rooms of another's socket, id and email, or talks into them", async (t) => {
  const server = await start(t);
  const [ana, eva] = [await server.register(), await server.register()];
  const owner = await connect(t, server.url, ana.token);
  const spy = await connect(t, server.url, eva.token);
  const sid = /** @type {string} */ (owner.socket.id);
  for (const room of [sid, ana.id, ana.email, ana.id.toUpperCase(), ana.email.toUpperCase()]) {
    assert.deepEqual(await does(owner, "join-room", { room }), { room, lastSeq: 0 });
    assert.equal(await fails(spy, "join-room", { room }), "forbidden", room);
    for (const event of ["leave-room", "message-from-client", "message-history", "typing"]) {
      const payload = { room, message: "psst" };
      assert.equal(await fails(owner, event, payload), "forbidden", `${event} ${room}`);
      if (event === "leave-room" && room === sid) continue;
      assert.equal(await fails(spy, event, payload), "forbidden", `${event} ${room}`);
    }
    assert.equal(await fails(spy, "catch-up", { rooms: { [room]: 0 } }), "forbidden", room);
  }
  for (const room of ["nobody@example.com", "@", "00000000-0000-4000-8000-000000000000"]) {
    assert.equal(await fails(spy, "join-room", { room }), "forbidden", room);
  }
  await settle(owner, spy);
  for (const client of [owner, spy]) {
    assert.deepEqual([...new Set(heard(client).map(({ room }) => room))], ["lobby"]);
  }
  assert.equal(owner.events("typing").length, 0);
});

test("rooms of one's own have their owner as a member", async (t) => {
  const server = await start(t);
  const user = await server.register("Ana");
  const client = await connect(t, server.url, user.token);
  const members = [{ userId: user.id, fullName: "Ana" }];
  for (const room of [/** @type {string} */ (client.socket.id), user.id, user.email]) {
    assert.deepEqual(await does(client, "room-members", { room }), { members });
  }
});
