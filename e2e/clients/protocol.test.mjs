// @ts-check
// The protocol packet by packet, and what breaks it (contract §2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { PollingSession, RawSocket, rawSession } from "../harness/raw.mjs";
import { start } from "../harness/server.mjs";

test("handshake errors have socket.io's codes", async (t) => {
  const server = await start(t);
  const base = `${server.url}/socket.io/`;
  const cases = [
    { query: "", code: 0, message: "Transport unknown" },
    { query: "?EIO=4&transport=carrier-pigeon", code: 0, message: "Transport unknown" },
    { query: "?EIO=4&transport=polling&sid=nope", code: 1, message: "Session ID unknown" },
    { query: "?EIO=4&transport=polling", method: "POST", code: 2, message: "Bad handshake method" },
    { query: "?EIO=4&transport=websocket", code: 3, message: "Bad request" },
    { query: "?transport=polling", code: 5, message: "Unsupported protocol version" },
    { query: "?EIO=3&transport=polling", code: 5, message: "Unsupported protocol version" },
  ];
  for (const { query, method, ...expected } of cases) {
    const answer = await fetch(base + query, { method });
    assert.equal(answer.status, 400, query);
    assert.deepEqual(await answer.json(), expected, query);
  }
});

test("the open packet has five keys", async (t) => {
  const server = await start(t);
  const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  const polling = JSON.parse((await answer.text()).slice(1));
  const common = { pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 };
  assert.deepEqual(polling, { sid: polling.sid, upgrades: ["websocket"], ...common });
  assert.equal(Buffer.from(polling.sid, "base64url").length, 16, "128 random bits");
  const raw = await rawSession(t, server.url);
  const websocket = JSON.parse((await raw.packet("0")).slice(1));
  assert.deepEqual(websocket, { sid: websocket.sid, upgrades: [], ...common });
});

test("payloads over the limit", async (t) => {
  const server = await start(t, { TERTULIA_ENGINE__MAX_PAYLOAD: "2000" });
  const session = await PollingSession.open(server.url);
  assert.equal((await session.post(`4${"x".repeat(2000)}`)).status, 413);
  assert.equal((await session.poll()).status, 400, "the session has ended");
  const raw = await rawSession(t, server.url);
  raw.send(`4${"x".repeat(2000)}`);
  assert.equal(await raw.end(), 1009);
});

const broken = {
  "an unknown Engine.IO packet": ["9"],
  "an unknown Socket.IO packet": ["4abc"],
  "an event before CONNECT": ['42["message-from-client",{}]'],
  "a second CONNECT": ["40TOKEN", "40TOKEN"],
  "an event after DISCONNECT": ["40TOKEN", "41", '42["message-from-client",{}]'],
  "a CONNECT payload that is no object": ["40[]"],
  "invalid JSON": ["40TOKEN", '42["x",{]'],
  "an event without a name": ["40TOKEN", "42[]"],
  "a reserved name": ["40TOKEN", '42["disconnect"]'],
  "a CONNECT_ERROR from a client": ["40TOKEN", '44{"message":"x"}'],
  "too many attachments": ["40TOKEN", '45999-["x"]'],
  "a text where an attachment is due": [
    "40TOKEN",
    '451-["x",{"_placeholder":true,"num":0}]',
    '42["y"]',
  ],
  "an attachment that belongs to nothing": ["40TOKEN", new Uint8Array([1, 2, 3])],
  "deep nesting": ["40TOKEN", `42["x",${"[".repeat(5000)}${"]".repeat(5000)}]`],
};

test("what breaks the protocol ends the session and leaves nothing behind", async (t) => {
  const server = await start(t);
  const user = await server.register();
  for (const [what, packets] of Object.entries(broken)) {
    const raw = await rawSession(t, server.url);
    for (const packet of packets) {
      const isConnect = typeof packet === "string" && packet.includes("TOKEN");
      const token = JSON.stringify({ token: user.token });
      raw.send(isConnect ? packet.replace("TOKEN", token) : packet);
      if (isConnect) await raw.packet("40");
    }
    await raw.end();
    assert.deepEqual((await server.api("clients", { token: user.token })).body, [], what);
  }
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

test("the same over polling", async (t) => {
  const server = await start(t);
  for (const body of ["abc", "", "4abc", '42["x"]', "b!!!", "40{}\x1e4"]) {
    const session = await PollingSession.open(server.url);
    await session.post(body);
    let answer = await session.poll();
    for (let n = 0; n < 3 && answer.status === 200; n += 1) answer = await session.poll();
    assert.equal(answer.status, 400, JSON.stringify(body));
  }
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

test("a WebSocket of an unknown session is refused", async (t) => {
  const server = await start(t);
  const raw = new RawSocket(`${server.url}/socket.io/?EIO=4&transport=websocket&sid=nope`);
  await raw.end();
  assert.deepEqual(raw.log.entries, []);
});

test("the client's bundles are served as socket.io serves them", async (t) => {
  const server = await start(t);
  for (const name of ["socket.io", "socket.io.min", "socket.io.esm.min", "socket.io.msgpack.min"]) {
    const script = await fetch(`${server.url}/socket.io/${name}.js`);
    assert.equal(script.status, 200, name);
    assert.equal(script.headers.get("content-type"), "application/javascript; charset=utf-8");
    assert.equal(script.headers.get("cache-control"), "public, max-age=0");
    const etag = script.headers.get("etag");
    assert.match(etag ?? "", /^"4\.8\.\d+"$/);
    assert.match(await script.text(), /Socket\.IO v4\.8\.\d+/);
    const again = await fetch(`${server.url}/socket.io/${name}.js`, {
      headers: { "If-None-Match": /** @type {string} */ (etag) },
    });
    assert.equal(again.status, 304);
    const map = await fetch(`${server.url}/socket.io/${name}.js.map`);
    assert.equal(map.headers.get("content-type"), "application/json; charset=utf-8");
    JSON.parse(await map.text());
  }
  assert.equal((await fetch(`${server.url}/socket.io/secret.js`)).status, 404);
});

test("any origin may connect, with the header of the original", async (t) => {
  const server = await start(t);
  const preflight = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
    method: "OPTIONS",
    headers: {
      Origin: "http://elsewhere.example",
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "authentication",
    },
  });
  assert.ok(preflight.ok, String(preflight.status));
  assert.ok(preflight.headers.get("access-control-allow-origin"));
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authentication|\*/i);
});
