// @ts-check
// What an admin's word does to live connections.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, open, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";

/**
 * @param {import("../harness/server.mjs").Server} server
 * @param {string} id
 * @param {string} token
 * @param {boolean} isActive
 */
async function setActive(server, id, token, isActive) {
  const answer = await server.api(`users/${id}`, { method: "PATCH", body: { isActive }, token });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.isActive, isActive);
}

for (const [name, way] of Object.entries(transports)) {
  test(`deactivating a user ends their connections at once, and for good (${name})`, async (t) => {
    const server = await start(t);
    const [boss, bob] = [await server.admin(), await server.register()];
    const staying = await connect(t, server.url, boss.token);
    const client = await connect(t, server.url, bob.token, { transports: way });
    await staying.list([staying.socket.id, client.socket.id]);
    await setActive(server, bob.id, boss.token, false);
    const [{ code, status }] = await client.event("exception");
    assert.deepEqual([code, status], ["user_inactive", "error"]);
    assert.deepEqual(await client.event("*disconnect"), ["io server disconnect"]);
    await staying.list([staying.socket.id]);

    const again = open(t, server.url, { auth: { token: bob.token }, transports: way });
    assert.equal((await again.event("exception"))[0].code, "user_inactive");
    await setActive(server, bob.id, boss.token, true);
    await connect(t, server.url, bob.token, { transports: way });
  });
}

test("who is let in while being deactivated does not stay", async (t) => {
  const server = await start(t);
  const boss = await server.admin();
  for (let round = 0; round < 20; round += 1) {
    const user = await server.register();
    const client = open(t, server.url, {
      auth: { token: user.token },
      transports: transports.websocket,
    });
    // The two are on their way at the same time; whichever is first, the end is the same.
    await setActive(server, user.id, boss.token, false);
    const [{ code }] = await client.event("exception");
    assert.equal(code, "user_inactive");
    await client.event("*disconnect");
  }
  assert.deepEqual((await server.api("clients", { token: boss.token })).body, []);
});
