// @ts-check
// The echo examples of both crates, through stock clients and packet by packet.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { open, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { example } from "../harness/example.mjs";
import { PollingSession, RawSocket, rawSession } from "../harness/raw.mjs";

const settings = {
  PING_INTERVAL: "300",
  PING_TIMEOUT: "200",
  CONNECT_TIMEOUT: "1000",
  MAX_PAYLOAD: "1000000",
};

const engine = (/** @type {Parameters<typeof example>[0]} */ t) =>
  example(t, "engine_echo", settings);
const echo = (/** @type {Parameters<typeof example>[0]} */ t) => example(t, "echo", settings);

test("engine: packets of all kinds come back over polling", async (t) => {
  const session = await PollingSession.open(await engine(t), "/engine.io/");
  const payload = "4hello\x1e4€\x1ebAQIDBA==";
  assert.deepEqual(await session.post(payload), { status: 200, body: "ok" });
  let received = "";
  while (received.length < payload.length) {
    const { body } = await session.poll();
    received += received === "" ? body : `\x1e${body}`;
  }
  assert.equal(received, payload);
});

test("engine: packets come back over WebSocket", async (t) => {
  const raw = await rawSession(t, await engine(t), "/engine.io/");
  raw.send("4hello");
  await raw.packet("4hello");
  raw.send(new Uint8Array([1, 2, 3, 4]));
  const binary = await raw.log.find((data) => typeof data !== "string", "a binary message");
  assert.deepEqual([...(/** @type {Buffer} */ (binary))], [1, 2, 3, 4]);
});

test("engine: heartbeats over polling", async (t) => {
  const session = await PollingSession.open(await engine(t), "/engine.io/");
  for (let n = 0; n < 3; n += 1) {
    assert.equal((await session.poll()).body, "2");
    assert.equal((await session.post("3")).body, "ok");
  }
  assert.equal((await session.poll()).body, "2");
  assert.equal((await session.poll()).body, "1", "without a pong the session ends");
  assert.equal((await session.poll()).status, 400);
});

test("engine: two polls at a time end the session", async (t) => {
  const session = await PollingSession.open(await engine(t), "/engine.io/");
  const answers = await Promise.all([session.poll(), session.poll()]);
  const closed = answers.find((answer) => answer.status === 200);
  assert.equal(closed?.body, "1");
  assert.ok(answers.some((answer) => answer.status === 400));
  assert.equal((await session.poll()).status, 400);
});

test("engine: the client closes", async (t) => {
  const url = await engine(t);
  const session = await PollingSession.open(url, "/engine.io/");
  const waiting = session.poll();
  await session.post("4x");
  assert.equal((await waiting).body, "4x");
  const last = session.poll();
  const posted = await session.post("1");
  assert.equal(posted.status, 200);
  const { status, body } = await last;
  assert.ok(status === 400 || body === "6", `${status} ${body}`);
  const raw = await rawSession(t, url, "/engine.io/");
  raw.send("1");
  await raw.end();
});

test("engine: an upgrade, and what it makes of the old transport", async (t) => {
  const url = await engine(t);
  const session = await PollingSession.open(url, "/engine.io/");
  const websocket = session.url.replace("polling", "websocket");
  const raw = new RawSocket(websocket);
  t.after(() => raw.socket.terminate());
  await once(raw.socket, "open");
  await session.post("4before");
  raw.send("2probe");
  await raw.packet("3probe");
  assert.equal((await session.poll()).body, "4before");
  raw.send("5");
  raw.send("4hello");
  await raw.packet("4hello");
  assert.equal((await session.poll()).status, 400);
  const again = new RawSocket(websocket);
  await again.end();
  raw.send("4still");
  await raw.packet("4still");
});

for (const [name, way] of Object.entries(transports)) {
  for (const namespace of ["/", "/custom"]) {
    test(`socket.io: echo on ${namespace} (${name})`, async (t) => {
      const url = await echo(t);
      const client = open(t, `${url}${namespace}`, { transports: way, auth: { token: "1" } });
      assert.deepEqual(await client.event("auth"), [{ token: "1" }]);
      const args = [1, "2", { 3: [true] }, Buffer.from([1, 2, 3]), [Buffer.from([4])]];
      client.socket.emit("message", ...args);
      assert.deepEqual(await client.event("message-back"), args);
      const acked = new Promise((resolve) => {
        client.socket.emit("message-with-ack", ...args, (/** @type {unknown[]} */ ...answer) =>
          resolve(answer),
        );
      });
      assert.deepEqual(await within(acked, "the ack"), args);
      client.socket.emit("message");
      assert.deepEqual(await client.event("message-back", 2), []);
    });
  }
}

test("socket.io: packets, byte for byte", async (t) => {
  const raw = await rawSession(t, await echo(t));
  raw.send("40");
  assert.deepEqual(Object.keys(JSON.parse((await raw.packet("40")).slice(2))), ["sid"]);
  await raw.packet('42["auth",{}]');
  raw.send('42["message",1,"2",{"3":[true]}]');
  await raw.packet('42["message-back",1,"2",{"3":[true]}]');
  raw.send('42456["message-with-ack",1,"2"]');
  await raw.packet('43456[1,"2"]');
  raw.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  raw.send(new Uint8Array([1, 2, 3]));
  raw.send(new Uint8Array([4, 5, 6]));
  await raw.packet(
    '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
  );
  raw.send("40/random");
  await raw.packet('44/random,{"message":"Invalid namespace"}');
  raw.send("40/custom,{}");
  await raw.packet('42/custom,["auth",{}]');
  raw.send("41/custom,");
  raw.send('42["message","message to main namespace"]');
  await raw.packet('42["message-back","message to main namespace"]');
});

test("socket.io: a session without a namespace is closed", async (t) => {
  const raw = await rawSession(t, await echo(t));
  const pings = raw.packet("2").then(() => raw.send("3"));
  await raw.end();
  await pings;
});
