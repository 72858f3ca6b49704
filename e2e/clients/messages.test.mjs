// @ts-check
// What may be said, whom it reaches, and in which order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

for (const [name, way] of Object.entries(transports)) {
  test(`a message reaches everyone, the sender included, and is acked (${name})`, async (t) => {
    const server = await start(t);
    const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
    const sender = await connect(t, server.url, ada.token, { transports: way });
    const other = await connect(t, server.url, bob.token, { transports: way });
    await sender.list([sender.socket.id, other.socket.id]);
    const message = { id: "YO!", message: "¡hola! <b>ñandú</b> 🦜" };
    const ack = await sender.socket.emitWithAck("message-from-client", message);
    for (const client of [sender, other]) {
      const [body, metadata] = await client.event("message-from-server");
      assert.deepEqual(body, { fullName: "Ada", message: message.message });
      assert.deepEqual(Object.keys(body), ["fullName", "message"]);
      const { ok, ...announced } = ack;
      assert.equal(ok, true);
      assert.deepEqual(metadata, { ...announced, userId: ada.id });
    }
    assert.match(ack.id, UUID_V7);
    assert.equal(ack.seq, 1);
    assert.equal(ack.room, "lobby");
    assert.equal(new Date(ack.sentAt).toISOString(), ack.sentAt);
  });
}

test("what the original answers with `no hay mensaje`", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  const payloads = [{}, { message: "" }, { message: null }, "text", ["array"], { id: "YO!" }];
  for (const [index, payload] of payloads.entries()) {
    client.socket.emit("message-from-client", payload);
    const [body] = await client.event("message-from-server", index + 1);
    assert.equal(body.message, "no hay mensaje", JSON.stringify(payload));
  }
});

test("what cannot be said is answered to the sender alone", async (t) => {
  const server = await start(t, { TERTULIA_MESSAGES__MAX_LENGTH: "10" });
  const [ada, bob] = [await server.register(), await server.register()];
  const sender = await connect(t, server.url, ada.token);
  const other = await connect(t, server.url, bob.token);
  const wrong = [
    { payload: { message: 5 }, code: "invalid_payload", message: "message must be a string" },
    { payload: { message: {} }, code: "invalid_payload", message: "message must be a string" },
    { payload: null, code: "invalid_payload" },
    { payload: { message: "12345678901" }, code: "too_large" },
    { payload: { message: "x", room: 1 }, code: "invalid_payload" },
    { payload: { message: "x", room: "nowhere" }, code: "forbidden" },
    { payload: { message: "x", clientMsgId: 1 }, code: "invalid_payload" },
  ];
  for (const [index, { payload, code, message }] of wrong.entries()) {
    sender.socket.emit("message-from-client", payload);
    const [exception] = await sender.event("exception", index + 1);
    assert.equal(exception.code, code, JSON.stringify(payload));
    assert.deepEqual(exception.cause, { pattern: "message-from-client", data: payload });
    if (message !== undefined) assert.equal(exception.message, message);
    const ack = await sender.socket.emitWithAck("message-from-client", payload);
    assert.equal(ack.ok, false);
    assert.equal(ack.error.code, code);
    assert.equal(ack.error.message, exception.message);
  }
  sender.socket.emit("message-from-client");
  assert.equal((await sender.event("exception", wrong.length + 1))[0].code, "invalid_payload");
  // The next message is the first one that anybody got.
  await sender.socket.emitWithAck("message-from-client", { message: "fin" });
  assert.equal((await other.event("message-from-server"))[0].message, "fin");
});

test("of several arguments the first counts, and unknown events are ignored", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  client.socket.emit("no-such-event", { message: "x" });
  const more = [{ message: "second" }, 3];
  const ack = await client.socket.emitWithAck("message-from-client", { message: "first" }, ...more);
  assert.equal(ack.seq, 1);
  assert.equal((await client.event("message-from-server"))[0].message, "first");
  assert.equal(client.events("exception").length, 0);
});

test("a message sent before the connection stands is not lost", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = open(t, server.url, { auth: { token: user.token } });
  client.socket.emit("message-from-client", { message: "early" });
  assert.equal((await client.event("message-from-server"))[0].message, "early");
});

test("an unknown namespace", async (t) => {
  const server = await start(t);
  const client = open(t, `${server.url}/nowhere`);
  assert.equal((await client.event("*connect_error"))[0], "Invalid namespace");
});

test("the gateway's namespace can be chosen", async (t) => {
  const server = await start(t, { TERTULIA_GATEWAY__NAMESPACE: "/chat" });
  const user = await server.register();
  const client = await connect(t, `${server.url}/chat`, user.token);
  await client.list([client.socket.id]);
  const elsewhere = open(t, server.url, { auth: { token: user.token } });
  assert.equal((await elsewhere.event("*connect_error"))[0], "Invalid namespace");
});

test("messages of many senders reach everyone in one order", async (t) => {
  const server = await start(t, { TERTULIA_SERVER__WORKERS: "4" });
  const users = await Promise.all(Array.from({ length: 9 }, () => server.register()));
  const ways = Object.values(transports);
  const clients = await Promise.all(
    users.map((user, at) => connect(t, server.url, user.token, { transports: ways[at % 3] })),
  );
  const each = 40;
  await Promise.all(
    clients.map((client, at) =>
      Promise.all(
        Array.from({ length: each }, (_, n) =>
          client.socket.emitWithAck("message-from-client", { message: `${at}:${n}` }),
        ),
      ),
    ),
  );
  const total = clients.length * each;
  const orders = await Promise.all(
    clients.map(async (client) => {
      await client.event("message-from-server", total);
      const events = client.events("message-from-server");
      return events.map(([, , metadata]) => /** @type {{ seq: number }} */ (metadata).seq);
    }),
  );
  const expected = Array.from({ length: total }, (_, n) => n + 1);
  for (const order of orders) assert.deepEqual(order, expected);
  // What one client sends is handled in the order in which it was sent.
  const said = clients[0]
    .events("message-from-server")
    .map(([, body]) => /** @type {{ message: string }} */ (body).message);
  for (let at = 0; at < clients.length; at += 1) {
    const own = said.filter((/** @type {string} */ text) => text.startsWith(`${at}:`));
    assert.deepEqual(own, Array.from({ length: each }, (_, n) => `${at}:${n}`));
  }
});
