// @ts-check
// One live connection per user.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";

for (const [name, way] of Object.entries(transports)) {
  test(`the same user connects again: the newest wins (${name})`, async (t) => {
    const server = await start(t);
    const user = await server.register();
    const older = await connect(t, server.url, user.token, { transports: way });
    await older.list([older.socket.id]);
    const newer = await connect(t, server.url, user.token, { transports: way });
    await newer.list([newer.socket.id]);
    assert.deepEqual(await older.event("*disconnect"), ["io server disconnect"]);
    assert.equal((await older.event("exception"))[0].code, "session_replaced");
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
