// @ts-check
// What an admin sees of live connections, and does to them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { claims, mint } from "../harness/tokens.mjs";

test("an admin lists connections in pages, and ends one", async (t) => {
  const server = await start(t);
  const [boss, ada, bob] = [await server.admin(), await server.register(), await server.register()];
  const token = mint(claims(ada.id, 3600));
  const phone = await connect(t, server.url, undefined, {
    auth: { token, device: "mobile" },
    transports: transports.websocket,
  });
  const other = await connect(t, server.url, bob.token, { transports: transports.polling });
  const { status, body } = await server.api("sessions", { token: boss.token });
  assert.equal(status, 200);
  const expiresAt = new Date(JSON.parse(atob(token.split(".")[1])).exp * 1000).toISOString();
  const [{ connectedAt, ...first }, second] = body;
  assert.ok(Math.abs(Date.parse(connectedAt) - Date.now()) < 60_000);
  assert.deepEqual(first, {
    id: phone.socket.id,
    userId: ada.id,
    fullName: ada.fullName,
    device: "mobile",
    address: "127.0.0.1",
    transport: "websocket",
    expiresAt,
  });
  assert.deepEqual(
    [second.id, second.device, second.transport],
    [other.socket.id, "desktop", "polling"],
  );
  const part = await server.api("sessions?limit=1&offset=1", { token: boss.token });
  assert.deepEqual(part.body, [second]);

  const end = () =>
    fetch(`${server.url}/api/sessions/${phone.socket.id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${boss.token}` },
    });
  const answers = [(await end()).status, (await end()).status];
  assert.deepEqual(answers, [200, 404]);
  assert.equal((await phone.event("exception"))[0].code, "kicked");
  assert.deepEqual(await phone.event("*disconnect"), ["io server disconnect"]);
  await other.list([other.socket.id]);
  assert.deepEqual((await server.api("sessions", { token: boss.token })).body, [second]);
  await connect(t, server.url, token);
});

for (const [name, way] of Object.entries(transports)) {
  test(`another password ends the connections that the old one had opened (${name})`, async (t) => {
    const server = await start(t);
    const [boss, bob] = [await server.admin(), await server.register()];
    const client = await connect(t, server.url, bob.token, { transports: way });
    const change = { method: "PATCH", body: { password: "Xyz789" }, token: boss.token };
    assert.equal((await server.api(`users/${bob.id}`, change)).status, 200);
    assert.equal((await client.event("exception"))[0].code, "token_expired");
    assert.deepEqual(await client.event("*disconnect"), ["io server disconnect"]);
    client.socket.connect();
    await client.log.until(() => client.events("exception").length === 2, "the refusal");
    const login = { body: { email: bob.email, password: "Xyz789" } };
    const { token } = (await server.api("auth/login", login)).body;
    await connect(t, server.url, token, { transports: way });
  });
}

test("a new name is that of a live connection at once", async (t) => {
  const server = await start(t);
  const [boss, bob] = [await server.admin(), await server.register("Bob")];
  const client = await connect(t, server.url, bob.token);
  const change = { method: "PATCH", body: { fullName: "Robert" }, token: boss.token };
  assert.equal((await server.api(`users/${bob.id}`, change)).status, 200);
  await client.socket.emitWithAck("message-from-client", { message: "hola" });
  assert.equal((await client.event("message-from-server"))[0].fullName, "Robert");
  assert.equal(client.events("*disconnect").length, 0);
});
