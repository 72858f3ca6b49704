// @ts-check
// The examples of the crate `socketio` that show how it is used, through stock clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, transports } from "../harness/client.mjs";
import { example, startExample } from "../harness/example.mjs";

for (const [name, way] of Object.entries(transports)) {
  test(`chat: what is said in a room reaches those in it (${name})`, async (t) => {
    const url = await example(t, "chat");
    const clients = [0, 1, 2].map(() => open(t, url, { transports: way }));
    await Promise.all(clients.map((client) => client.event("*connect")));
    const [ana, luis, eva] = clients;
    for (const client of [ana, luis]) {
      assert.equal(await client.socket.emitWithAck("join", "kitchen"), "joined");
    }
    const line = { room: "kitchen", text: "¿sopa?" };
    assert.equal(await eva.socket.emitWithAck("say", line), "you are not in this room");
    assert.equal(await ana.socket.emitWithAck("say", line), "said");
    assert.deepEqual(await luis.event("said"), [ana.socket.id, line]);
    assert.equal(await luis.socket.emitWithAck("leave", "kitchen"), "left");
    assert.equal(await ana.socket.emitWithAck("say", line), "said");
    // What was sent to them would have come before these answers.
    for (const client of [ana, luis, eva]) {
      assert.equal(await client.socket.emitWithAck("join", "hall"), "joined");
    }
    assert.deepEqual(clients.map((client) => client.events("said").length), [0, 1, 0]);
  });
}

test("chat: nobody listens in on a socket by joining the room of its id", async (t) => {
  const url = await example(t, "chat");
  const [ana, spy] = [open(t, url), open(t, url)];
  await Promise.all([ana.event("*connect"), spy.event("*connect")]);
  assert.equal(await spy.socket.emitWithAck("join", ana.socket.id), "joined");
  const line = { room: /** @type {string} */ (ana.socket.id), text: "psst" };
  assert.equal(await spy.socket.emitWithAck("say", line), "said");
  assert.equal(await ana.socket.emitWithAck("join", "hall"), "joined");
  assert.equal(ana.events("said").length, 0);
});

test("authenticated: who has no token, or a wrong one, is told so and sees nothing", async (t) => {
  const url = await example(t, "authenticated");
  for (const [auth, code] of /** @type {[object, string][]} */ ([
    [{}, "token_missing"],
    [{ token: "forged" }, "token_invalid"],
  ])) {
    const client = open(t, url, { auth });
    assert.deepEqual(await client.event("*connect_error"), ["not authorized", { code }]);
    assert.deepEqual(client.names(), ["*connect_error"]);
  }
});

test("authenticated: what authentication found out is the socket's", async (t) => {
  const url = await example(t, "authenticated");
  const ana = open(t, url, { auth: { token: "ana's" } });
  const extraHeaders = { authorization: "Bearer luis's" };
  const luis = open(t, url, { extraHeaders });
  assert.deepEqual(await ana.event("welcome"), ["Ana"]);
  assert.deepEqual(await luis.event("welcome"), ["Luis"]);
  assert.deepEqual(await ana.socket.emitWithAck("whoami"), { name: "Ana", is_admin: true });
  assert.deepEqual(await luis.socket.emitWithAck("announce", "x"), { error: "forbidden" });
  assert.deepEqual(await ana.socket.emitWithAck("announce", "closed today"), { ok: true });
  assert.deepEqual(await luis.event("announced"), ["Ana", "closed today"]);
});

for (const [name, way] of Object.entries(transports)) {
  test(`axum: HTTP and Socket.IO share an application (${name})`, async (t) => {
    const url = await example(t, "axum");
    const client = open(t, `${url}/orders`, { transports: way });
    await client.event("*connect");
    const order = { dish: "sopa" };
    const posted = await fetch(`${url}/api/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
    });
    assert.equal(posted.status, 201);
    assert.deepEqual(await client.event("ordered"), [order]);
    assert.deepEqual(await client.socket.emitWithAck("list"), [order]);
    assert.deepEqual(await (await fetch(`${url}/api/orders`)).json(), [order]);
    assert.equal(await client.socket.emitWithAck("address"), "127.0.0.1");
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
  });
}

for (const [name, way] of Object.entries(transports)) {
  test(`axum: at Ctrl-C transports are closed, and clients try to come back (${name})`, async (t) => {
    const { url, stop } = await startExample(t, "axum");
    const client = open(t, `${url}/orders`, { transports: way });
    await client.event("*connect");
    await stop();
    assert.deepEqual(await client.event("*disconnect"), ["transport close"]);
    assert.equal(client.socket.active, true);
  });
}
