// @ts-check
// How often and how many: of one user's events, of one address's connections.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { rawSession } from "../harness/raw.mjs";
import { start } from "../harness/server.mjs";

/** @param {Record<string, string>} limits */
function limited(limits) {
  const names = Object.entries(limits).map(([key, value]) => [
    `TERTULIA_RATE_LIMITS__${key.toUpperCase()}`,
    value,
  ]);
  return { TERTULIA_RATE_LIMITS__ENABLED: "true", ...Object.fromEntries(names) };
}

/** @param {import("../harness/client.mjs").Client} client */
const say = (client) => client.socket.emitWithAck("message-from-client", { message: "x" });

/** @param {{ code: string, message: string, retryAfter: number }} error @param {number} most */
function assertTellsToWait({ code, message, retryAfter }, most) {
  assert.equal(code, "rate_limited");
  assert.ok(Number.isInteger(retryAfter) && retryAfter > 0 && retryAfter <= most, `${retryAfter}`);
  assert.ok(message.endsWith(`try again in ${retryAfter} s`), message);
}

test("too many messages: the ack, or an exception without one, says for how long to wait", async (t) => {
  const server = await start(t, limited({ messages_per_user: "3/1h" }));
  const [ada, bob] = [await server.register(), await server.register()];
  const sender = await connect(t, server.url, ada.token);
  const other = await connect(t, server.url, bob.token);
  for (let n = 0; n < 3; n += 1) assert.equal((await say(sender)).ok, true);
  const { ok, error } = await say(sender);
  assert.equal(ok, false);
  assertTellsToWait(error, 1200);
  sender.socket.emit("message-from-client", { message: "y" });
  const [exception] = await sender.event("exception");
  assertTellsToWait(exception, 1200);
  assert.deepEqual(exception.cause, { pattern: "message-from-client", data: { message: "y" } });
  // Limits are of a user and of a kind of event: everything else goes on.
  assert.equal((await sender.socket.emitWithAck("typing", {})).ok, true);
  assert.equal((await say(other)).ok, true);
  await other.event("message-from-server", 4);
  assert.equal(other.events("message-from-server").length, 4);
});

test("a limit is that of the user, over all connections, and comes back with time", async (t) => {
  const server = await start(t, {
    ...limited({ messages_per_user: "2/2s" }),
    TERTULIA_SESSIONS__POLICY: "unlimited",
  });
  const user = await server.register();
  const one = await connect(t, server.url, user.token);
  const two = await connect(t, server.url, user.token);
  let answer = { ok: true, error: { retryAfter: 0 } };
  for (let n = 0; answer.ok && n < 1000; n += 1) answer = await say(n % 2 === 0 ? one : two);
  assert.equal(answer.ok, false);
  while (!answer.ok) {
    await new Promise((resolve) => setTimeout(resolve, answer.error.retryAfter * 1000));
    answer = await say(two);
  }
});

test("all events together have a limit too", async (t) => {
  const server = await start(t, limited({ events_per_user: "4/1h" }));
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  for (let n = 0; n < 2; n += 1) {
    assert.equal((await say(client)).ok, true);
    assert.equal((await client.socket.emitWithAck("typing", {})).ok, true);
  }
  assertTellsToWait((await say(client)).error, 900);
  assertTellsToWait((await client.socket.emitWithAck("typing", {})).error, 900);
});

for (const [name, way] of Object.entries(transports)) {
  test(`who goes on is disconnected, and does not come back by itself (${name})`, async (t) => {
    const limits = { messages_per_user: "2/1h", refusals_per_connection: "3/1h" };
    const server = await start(t, limited(limits));
    const [ada, bob] = [await server.register(), await server.register()];
    const flooding = await connect(t, server.url, ada.token, { transports: way });
    const other = await connect(t, server.url, bob.token);
    for (let n = 0; n < 30; n += 1) flooding.socket.emit("message-from-client", { message: "x" });
    assert.deepEqual(await flooding.event("*disconnect"), ["io server disconnect"]);
    const exceptions = flooding.events("exception").map(([, exception]) => exception);
    assert.equal(exceptions.length, 4, "three refusals, and the end");
    const last = /** @type {any} */ (exceptions[3]);
    assertTellsToWait(last, 60);
    assert.equal(last.cause.pattern, "connection");
    await other.list([other.socket.id]);
    // What was taken is announced by the time that this is.
    assert.equal((await say(other)).seq, 3);
    await other.event("message-from-server", 3);
    assert.equal(other.events("message-from-server").length, 3);
    assert.equal(flooding.events("*connect").length, 1);
    // Whoever comes back finds the limit as it was.
    flooding.socket.connect();
    await flooding.event("*connect", 2);
    assertTellsToWait((await say(flooding)).error, 1800);
  });
}

test("connecting too often from one address is answered 429, and stock clients try again", async (t) => {
  const server = await start(t, limited({ connects_per_address: "2/4s" }));
  const user = await server.register();
  const handshake = () => fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  let refused = await handshake();
  assert.equal(refused.status, 200);
  for (let n = 0; refused.ok && n < 1000; n += 1) refused = await handshake();
  assert.equal(refused.status, 429);
  const error = /** @type {any} */ (await refused.json());
  assertTellsToWait(error, 2);
  assert.equal(refused.headers.get("retry-after"), String(error.retryAfter));
  const client = open(t, server.url, { auth: { token: user.token } });
  await client.event("*connect_error");
  await client.event("*connect");
  assert.equal((await say(client)).ok, true);
});

test("behind a proxy that is trusted, an address is that of the client", async (t) => {
  const server = await start(t, {
    ...limited({ connects_per_address: "1/1h" }),
    TERTULIA_SERVER__TRUSTED_PROXIES: "127.0.0.1",
  });
  /** @param {string} address */
  const handshake = async (address) => {
    const headers = { "X-Forwarded-For": address };
    return (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers })).status;
  };
  const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"];
  const answers = [];
  for (const address of addresses) answers.push(await handshake(address));
  assert.deepEqual(answers, [200, 200, 429, 200, 429], "the two last are of one network");
  await server.program.err.find(
    (line) => line.includes("kept out") && line.includes("192.0.2.1"),
    "a warning in the log",
  );
});

test("connections that are open from one address have a bound, and leaving makes room", async (t) => {
  const server = await start(t, limited({ connections_per_address: "2" }));
  const users = [await server.register(), await server.register(), await server.register()];
  const first = await connect(t, server.url, users[0].token);
  const second = await connect(t, server.url, users[1].token, { transports: transports.websocket });
  const third = open(t, server.url, { auth: { token: users[2].token }, transports: ["websocket"] });
  await third.event("*connect_error");
  const refused = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(refused.status, 429);
  assert.equal(/** @type {any} */ (await refused.json()).code, "rate_limited");
  await first.list([first.socket.id, second.socket.id]);
  first.socket.close();
  await third.event("*connect");
  // A lost transport makes room as well, although its socket may still be recovered.
  second.socket.io.engine.close();
  await second.event("*connect", 2);
  await third.list([third.socket.id, second.socket.id]);
});

test("a session that was opened before the places were gone is closed at its CONNECT", async (t) => {
  const server = await start(t, limited({ connections_per_address: "1" }));
  const [ada, bob] = [await server.register(), await server.register()];
  const early = await rawSession(t, server.url);
  await connect(t, server.url, ada.token);
  early.send(`40${JSON.stringify({ token: bob.token })}`);
  await early.end();
  assert.deepEqual(early.log.entries.slice(1), [], "nothing but the open packet");
});

test("with limits lifted nothing is refused", async (t) => {
  const server = await start(t, {
    ...limited({ messages_per_user: "1/1h", connects_per_address: "1/1h" }),
    TERTULIA_RATE_LIMITS__ENABLED: "false",
  });
  const [ada, bob] = [await server.register(), await server.register()];
  const client = await connect(t, server.url, ada.token);
  await connect(t, server.url, bob.token);
  for (let n = 0; n < 50; n += 1) assert.equal((await say(client)).ok, true);
});
