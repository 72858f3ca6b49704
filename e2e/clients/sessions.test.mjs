// @ts-check
// One live connection per user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { rawSession } from "../harness/raw.mjs";
import { start } from "../harness/server.mjs";

/**
 * The sockets that are connected, in the order in which they came.
 * @param {import("../harness/server.mjs").Server} server
 * @param {{ token: string }} user
 * @returns {Promise<string[]>}
 */
async function connected(server, { token }) {
  const { body } = await server.api("clients", { token });
  return body.map((/** @type {{ id: string }} */ client) => client.id);
}

for (const [name, way] of Object.entries(transports)) {
  test(`the same user connects again: the newest wins (${name})`, async (t) => {
    const server = await start(t);
    const user = await server.register();
    const older = await connect(t, server.url, user.token, { transports: way });
    await older.list([older.socket.id]);
    const newer = await connect(t, server.url, user.token, { transports: way });
    await newer.list([newer.socket.id]);
    assert.deepEqual(await older.event("*disconnect"), ["io server disconnect"]);
    const replaced = { code: "session_replaced", device: "desktop" };
    assert.deepEqual(await older.event("session-replaced"), [replaced]);
    assert.equal((await older.event("exception"))[0].code, "session_replaced");
    const told = ["session-replaced", "exception", "*disconnect"];
    assert.deepEqual(older.names().slice(-3), told, "and then its end");
    const { body } = await server.api("clients", { token: user.token });
    assert.deepEqual(body.map((/** @type {{ id: string }} */ c) => c.id), [newer.socket.id]);
    assert.equal(older.events("*connect").length, 1, "it does not come back by itself");
  });
}

test("a storm of connections of one user leaves one", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => connect(t, server.url, user.token)),
  );
  const survivors = () => clients.filter((client) => client.events("*disconnect").length === 0);
  for (const client of clients) {
    if (survivors().length > 1) await Promise.race([client.event("*disconnect"), settled(clients)]);
  }
  const [survivor] = survivors();
  assert.equal(survivors().length, 1);
  const { body } = await server.api("clients", { token: user.token });
  assert.deepEqual(body.map((/** @type {{ id: string }} */ c) => c.id), [survivor.socket.id]);
});

/**
 * Resolves when all clients but one have been disconnected.
 * @param {import("../harness/client.mjs").Client[]} clients
 */
async function settled(clients) {
  const last = clients.length - 1;
  const ended = () => clients.filter((c) => c.events("*disconnect").length > 0).length === last;
  await Promise.any(clients.map((client) => client.log.until(ended, "all others ended")));
}

test("the policy `unlimited` lets a user connect any number of times", async (t) => {
  const server = await start(t, { TERTULIA_SESSIONS__POLICY: "unlimited" });
  const user = await server.register();
  const first = await connect(t, server.url, user.token);
  const second = await connect(t, server.url, user.token);
  await first.list([first.socket.id, second.socket.id]);
  await second.socket.emitWithAck("message-from-client", { message: "both" });
  await first.event("message-from-server");
  assert.equal(first.events("*disconnect").length, 0);
});

/** Settings of a server with this policy. @param {string} policy */
const policy = (policy, perDevice = false) => ({
  TERTULIA_SESSIONS__POLICY: policy,
  TERTULIA_SESSIONS__PER_DEVICE: String(perDevice),
});

for (const [name, way] of Object.entries(transports)) {
  test(`the policy \`reject\` keeps the connection that is alive (${name})`, async (t) => {
    const server = await start(t, policy("reject"));
    const user = await server.register();
    const first = await connect(t, server.url, user.token, { transports: way });
    const second = open(t, server.url, { auth: { token: user.token }, transports: way });
    assert.equal((await second.event("exception"))[0].code, "session_limit");
    assert.deepEqual(await second.event("*disconnect"), ["io server disconnect"]);
    assert.equal(second.events("clients-updated").length, 0);
    assert.deepEqual(await connected(server, user), [first.socket.id]);
    const ack = await first.socket.emitWithAck("message-from-client", { message: "still here" });
    assert.equal(ack.ok, true);
    await first.event("message-from-server");
    assert.equal(second.events("message-from-server").length, 0);

    first.socket.close();
    await server.program.err.find((line) => line.includes("disconnected"), "the first one's end");
    await connect(t, server.url, user.token, { transports: way });
  });
}

test("the policy `reject` may refuse by connect_error", async (t) => {
  const settings = { ...policy("reject"), TERTULIA_AUTH__REFUSAL: "connect_error" };
  const server = await start(t, settings);
  const user = await server.register();
  await connect(t, server.url, user.token);
  const second = open(t, server.url, { auth: { token: user.token } });
  const [, data] = await second.event("*connect_error");
  assert.deepEqual(data, { code: "session_limit" });
});

test("under `reject` a ghost locks nobody out", async (t) => {
  const server = await start(t, policy("reject"));
  const user = await server.register();
  const ghost = await rawSession(t, server.url);
  ghost.send(`40${JSON.stringify({ token: user.token })}`);
  await ghost.packet("40");
  // It answers nothing from here on, as if the network had gone.
  const asked = performance.now();
  const client = await connect(t, server.url, user.token);
  const after = performance.now() - asked;
  assert.ok(after > 1900 && after < 4000, `let in after ${after} ms`);
  await ghost.packet("2");
  await ghost.end();
  assert.deepEqual(await connected(server, user), [client.socket.id]);
});

test("under `reject`, of many at once one gets in", async (t) => {
  const server = await start(t, policy("reject"));
  const user = await server.register();
  const clients = Array.from({ length: 10 }, () =>
    open(t, server.url, { auth: { token: user.token }, transports: transports.websocket }),
  );
  await settled(clients);
  const [survivor, ...others] = clients.filter((c) => c.events("*disconnect").length === 0);
  assert.equal(others.length, 0);
  for (const client of clients) {
    if (client === survivor) continue;
    assert.equal((await client.event("exception"))[0].code, "session_limit");
  }
  assert.deepEqual(await connected(server, user), [survivor.socket.id]);
});

test("under `limit:2` the oldest goes", async (t) => {
  const server = await start(t, policy("limit:2"));
  const [user, other] = [await server.register(), await server.register()];
  const stranger = await connect(t, server.url, other.token);
  const first = await connect(t, server.url, user.token);
  const second = await connect(t, server.url, user.token);
  const third = await connect(t, server.url, user.token);
  assert.equal((await first.event("exception"))[0].code, "session_replaced");
  assert.deepEqual(await first.event("*disconnect"), ["io server disconnect"]);
  const left = [stranger, second, third].map((client) => client.socket.id);
  assert.deepEqual(await connected(server, user), left);
});

test("per device, a phone and a desktop do not get in each other's way", async (t) => {
  const server = await start(t, policy("replace", true));
  const user = await server.register();
  /** @param {unknown} device */
  const on = (device) => connect(t, server.url, undefined, { auth: { token: user.token, device } });
  const phone = await on("mobile");
  const desktop = await on("desktop");
  assert.deepEqual(await connected(server, user), [phone.socket.id, desktop.socket.id]);
  const otherPhone = await on("mobile");
  assert.equal((await phone.event("session-replaced"))[0].device, "mobile");
  // Who says nothing, or something of their own, is a desktop.
  const unknown = await on({ name: "fridge" });
  assert.equal((await desktop.event("session-replaced"))[0].device, "desktop");
  const silent = await on(undefined);
  await unknown.event("*disconnect");
  assert.deepEqual(await connected(server, user), [otherPhone.socket.id, silent.socket.id]);
});

test("a phone that takes a desktop's place says what it is", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const desktop = await connect(t, server.url, user.token);
  await connect(t, server.url, undefined, { auth: { token: user.token, device: "mobile" } });
  const [{ code, device }] = await desktop.event("session-replaced");
  assert.deepEqual([code, device], ["session_replaced", "mobile"]);
});
