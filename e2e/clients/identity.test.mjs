// @ts-check
// Who is let in, and what those see who are not (contract §1.1).
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { start } from "../harness/server.mjs";
import { claims, mint, now, sign } from "../harness/tokens.mjs";

/** @param {import("../harness/server.mjs").User} user */
const refusals = (user) => [
  { what: "no token", token: undefined, code: "token_missing" },
  { what: "a blank token", token: " ", code: "token_missing" },
  { what: "no JWT at all", token: "hello", code: "token_invalid" },
  {
    what: "a wrong signature",
    token: mint(claims(user.id), { secret: "another secret, of another server" }),
    code: "token_invalid",
  },
  { what: "alg none", token: mint(claims(user.id), { alg: "none" }), code: "token_invalid" },
  {
    what: "another algorithm",
    token: mint(claims(user.id), { alg: "HS512", hash: "sha512" }),
    code: "token_invalid",
  },
  { what: "no id", token: mint({ iat: now(), exp: now() + 60 }), code: "token_invalid" },
  { what: "an expired token", token: mint(claims(user.id, -1)), code: "token_expired" },
  {
    what: "an unknown user",
    token: mint(claims("00000000-0000-4000-8000-000000000000")),
    code: "user_unknown",
  },
];

for (const [name, way] of Object.entries(transports)) {
  test(`a valid token: CONNECT reply, then the list (${name})`, async (t) => {
    const server = await start(t);
    const user = await server.register();
    const client = await connect(t, server.url, user.token, { transports: way });
    await client.list([client.socket.id]);
    assert.deepEqual(client.names().slice(0, 2).sort(), ["*connect", "clients-updated"]);
    assert.notEqual(client.socket.id, client.socket.io.engine.id, "the session id is a secret");
  });

  test(`refused: connected, exception, disconnected, and nobody else notices (${name})`, async (t) => {
    const server = await start(t);
    const [user, witness] = [await server.register(), await server.register()];
    const watching = await connect(t, server.url, witness.token);
    await watching.list([watching.socket.id]);
    for (const { what, token, code } of refusals(user)) {
      const client = open(t, server.url, { auth: { token }, transports: way });
      assert.deepEqual(await client.event("*disconnect"), ["io server disconnect"], what);
      assert.deepEqual(client.names(), ["*connect", "exception", "*disconnect"], what);
      const [exception] = await client.event("exception");
      assert.equal(exception.status, "error");
      assert.equal(exception.code, code, what);
      assert.equal(typeof exception.message, "string");
      assert.deepEqual(Object.keys(exception.cause), ["pattern", "data"]);
    }
    // A list after all of them shows that none of them caused one.
    const last = await connect(t, server.url, user.token);
    await watching.list([watching.socket.id, last.socket.id]);
    assert.equal(watching.events("clients-updated").length, 2);
  });

  test(`refused with connect_error, if so configured (${name})`, async (t) => {
    const server = await start(t, { TERTULIA_AUTH__REFUSAL: "connect_error" });
    const user = await server.register();
    for (const { what, token, code } of refusals(user)) {
      const client = open(t, server.url, { auth: { token }, transports: way });
      const [message, data] = await client.event("*connect_error");
      assert.deepEqual(data, { code }, what);
      assert.equal(typeof message, "string");
      assert.deepEqual(client.names(), ["*connect_error"], what);
    }
  });
}

test("a refused client's transport is closed", async (t) => {
  const server = await start(t);
  for (const way of [transports.polling, transports.websocket]) {
    // This client does not close by itself, because it is connected to nothing else it knows of.
    const client = open(t, server.url, { transports: way, autoConnect: false });
    const closed = new Promise((resolve) => client.socket.io.on("close", resolve));
    client.socket.connect();
    await within(closed, "the end of the transport");
  }
});

test("the token may come in three places, and the first that is present decides", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const good = user.token;
  const headers = (/** @type {Record<string, string>} */ extraHeaders) => ({ extraHeaders });
  const accepted = [
    { auth: { token: good } },
    headers({ Authorization: `Bearer ${good}` }),
    headers({ authentication: good }),
    { auth: { token: good }, ...headers({ Authorization: "Bearer bad", authentication: "bad" }) },
    headers({ Authorization: `Bearer ${good}`, authentication: "bad" }),
    { auth: { token: "" }, ...headers({ authentication: good }) },
  ];
  for (const options of accepted) {
    for (const way of [transports.polling, transports.websocket]) {
      const client = open(t, server.url, { ...options, transports: way });
      await client.event("clients-updated");
      client.socket.close();
    }
  }
  const refused = [
    { auth: { token: "bad" }, ...headers({ authentication: good }) },
    headers({ Authorization: "Bearer bad", authentication: good }),
    { auth: { token: 5 }, ...headers({ authentication: good }) },
  ];
  for (const options of refused) {
    const client = open(t, server.url, options);
    assert.equal((await client.event("exception"))[0].code, "token_invalid");
  }
});

test("tokens of the original are accepted, and its secret makes ours", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, mint(claims(user.id)));
  await client.list([client.socket.id]);
  const [header, payload, signature] = user.token.split(".");
  const read = (/** @type {string} */ part) => JSON.parse(Buffer.from(part, "base64url").toString());
  assert.deepEqual(read(header), { alg: "HS256", typ: "JWT" });
  assert.deepEqual(Object.keys(read(payload)), ["id", "iat", "exp"]);
  assert.equal(read(payload).exp - read(payload).iat, 7200);
  assert.equal(sign(`${header}.${payload}`), signature);
});

test("a live connection ends with its token", async (t) => {
  const server = await start(t, { TERTULIA_AUTH__EXPIRY_GRACE: "0s" });
  const user = await server.register();
  const client = await connect(t, server.url, mint(claims(user.id, 2)));
  assert.deepEqual(await client.event("*disconnect"), ["io server disconnect"]);
  assert.equal((await client.event("exception"))[0].code, "token_expired");
});
