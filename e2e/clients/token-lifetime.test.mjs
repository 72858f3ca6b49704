// @ts-check
// The life of a token on a live connection. Lifetimes are short instead of waited for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { claims, mint } from "../harness/tokens.mjs";

/** @param {string} notice @param {string} grace */
const lifetimes = (notice, grace) => ({
  TERTULIA_AUTH__EXPIRY_NOTICE: notice,
  TERTULIA_AUTH__EXPIRY_GRACE: grace,
});

/** The end of a token, as events tell it. @param {string} token */
const endOf = (token) => new Date(JSON.parse(atob(token.split(".")[1])).exp * 1000).toISOString();

for (const [name, way] of Object.entries(transports)) {
  test(`a connection is told, goes on with another token, and ends without (${name})`, async (t) => {
    const server = await start(t, lifetimes("1s", "0s"));
    const user = await server.register();
    const first = mint(claims(user.id, 3));
    const client = await connect(t, server.url, first, { transports: way });
    const [{ expiresAt, secondsLeft }] = await client.event("auth-expiring");
    assert.equal(expiresAt, endOf(first));
    assert.ok(secondsLeft >= 0 && secondsLeft <= 2, `${secondsLeft}`);

    const second = mint(claims(user.id, 4));
    const ack = await client.socket.emitWithAck("auth-refresh", { token: second });
    assert.deepEqual(ack, { ok: true, expiresAt: endOf(second) });
    await client.event("auth-expiring", 2);
    assert.ok(Date.now() >= Date.parse(endOf(first)), "it has outlived the first token");
    assert.equal(client.events("*disconnect").length, 0);

    assert.equal((await client.event("exception"))[0].code, "token_expired");
    assert.deepEqual(await client.event("*disconnect"), ["io server disconnect"]);
    assert.ok(Date.now() >= Date.parse(endOf(second)));
  });
}

test("in the grace everything works, and another token still comes in time", async (t) => {
  const server = await start(t, lifetimes("1s", "30s"));
  const user = await server.register();
  const token = mint(claims(user.id, 1));
  const client = await connect(t, server.url, token);
  await client.event("auth-expiring");
  const refused = async () => (await server.api("clients", { token })).status === 401;
  while (!(await refused()));
  const said = await client.socket.emitWithAck("message-from-client", { message: "late" });
  assert.equal(said.ok, true);
  const next = mint(claims(user.id, 3600));
  const ack = await client.socket.emitWithAck("auth-refresh", { token: next });
  assert.deepEqual(ack, { ok: true, expiresAt: endOf(next) });
});

test("a token that cannot be used is refused, and the connection goes on", async (t) => {
  const server = await start(t);
  const [user, other] = [await server.register(), await server.register()];
  const token = mint(claims(user.id, 3600));
  const client = await connect(t, server.url, token);
  const refresh = (/** @type {unknown} */ payload) =>
    client.socket.emitWithAck("auth-refresh", payload);
  for (const [payload, code] of /** @type {const} */ ([
    [{ token: other.token }, "forbidden"],
    [{ token: "nonsense" }, "token_invalid"],
    [{ token: mint(claims(user.id, -60)) }, "token_expired"],
    [{ token: "  " }, "token_missing"],
    [{ token: "" }, "invalid_payload"],
    [{ token: 7 }, "invalid_payload"],
    [{}, "invalid_payload"],
    [null, "invalid_payload"],
  ])) {
    const { ok, error } = await refresh(payload);
    assert.deepEqual([ok, error.code], [false, code], JSON.stringify(payload));
  }
  client.socket.emit("auth-refresh", { token: "a secret" });
  const [exception] = await client.event("exception");
  assert.deepEqual([exception.code, exception.cause.pattern], ["token_invalid", "auth-refresh"]);
  assert.ok(!JSON.stringify(exception).includes("a secret"));

  // One that ends earlier takes nothing away.
  const ack = await refresh({ token: mint(claims(user.id, 60)) });
  assert.deepEqual(ack, { ok: true, expiresAt: endOf(token) });
  assert.equal(client.events("*disconnect").length, 0);
});

test("a token of the far future does no harm", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, mint({ id: user.id, exp: 999_999_999_999_999 }));
  const ack = await client.socket.emitWithAck("message-from-client", { message: "hola" });
  assert.equal(ack.ok, true);
});

test("a connection that was recovered has the life of the token that it came back with", async (t) => {
  const server = await start(t, lifetimes("1s", "0s"));
  const [user, other] = [await server.register(), await server.register()];
  let token = mint(claims(user.id, 3600));
  const client = await connect(t, server.url, undefined, {
    auth: (/** @type {(data: object) => void} */ answer) => answer({ token }),
    transports: transports.websocket,
  });
  const speaker = await connect(t, server.url, other.token);
  await speaker.socket.emitWithAck("message-from-client", { message: "an offset" });
  await client.event("message-from-server");
  token = mint(claims(user.id, 3));
  client.socket.io.engine.close();
  await client.event("*connect", 2);
  assert.equal(client.socket.recovered, true);
  await client.event("auth-expiring");
  assert.equal((await client.event("exception"))[0].code, "token_expired");
});
