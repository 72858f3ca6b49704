// @ts-check
// How connections end, and who comes back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { PollingSession, rawSession } from "../harness/raw.mjs";
import { start } from "../harness/server.mjs";

for (const [name, way] of Object.entries(transports)) {
  test(`a restart closes the transport, and the client comes back by itself (${name})`, async (t) => {
    const server = await start(t);
    const user = await server.register();
    const client = await connect(t, server.url, user.token, { transports: way });
    await client.event("clients-updated");
    await server.restart();
    const [reason] = await client.event("*disconnect");
    assert.ok(["transport close", "transport error"].includes(reason), reason);
    await client.event("*connect", 2);
    const ack = await client.socket.emitWithAck("message-from-client", { message: "back" });
    assert.equal(ack.seq, 1, "the sequence starts again with each process");
  });

  test(`the client leaves (${name})`, async (t) => {
    const server = await start(t);
    const [ada, bob] = [await server.register(), await server.register()];
    const staying = await connect(t, server.url, ada.token);
    const leaving = await connect(t, server.url, bob.token, { transports: way });
    await staying.list([staying.socket.id, leaving.socket.id]);
    leaving.socket.close();
    await staying.list([staying.socket.id]);
    await server.program.err.find(
      (line) => line.includes("disconnected") && line.includes(bob.id),
      "a log line of the end",
    );
  });
}

test("SIGTERM with clients connected ends the server in time", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const client = await connect(t, server.url, user.token);
  await PollingSession.open(server.url);
  await rawSession(t, server.url);
  assert.equal(await server.program.stop("SIGTERM"), 0);
  await client.event("*disconnect");
});

test("a client that does not answer pings is ended", async (t) => {
  const server = await start(t, {
    TERTULIA_ENGINE__PING_INTERVAL: "300ms",
    TERTULIA_ENGINE__PING_TIMEOUT: "200ms",
  });
  const user = await server.register();
  const raw = await rawSession(t, server.url);
  raw.send(`40${JSON.stringify({ token: user.token })}`);
  await raw.packet("40");
  await raw.packet("2");
  const pinged = performance.now();
  await raw.end();
  const after = performance.now() - pinged;
  assert.ok(after > 150 && after < 5_000, `closed ${after} ms after the ping`);
  await server.program.err.find((line) => line.includes("ping timeout"), "the reason in the log");
  assert.deepEqual((await server.api("clients", { token: user.token })).body, []);
});

test("a client that stops reading is closed, and the others get everything", async (t) => {
  const server = await start(t, { TERTULIA_ENGINE__OUTBOX_BYTES: "65536" });
  const [ada, bob, eve] = [
    await server.register(),
    await server.register(),
    await server.register(),
  ];
  const sender = await connect(t, server.url, ada.token, { transports: transports.websocket });
  const other = await connect(t, server.url, bob.token, { transports: transports.websocket });
  const stalled = await rawSession(t, server.url);
  stalled.send(`40${JSON.stringify({ token: eve.token })}`);
  await stalled.packet("40");
  stalled.socket.pause();
  const message = "x".repeat(4000);
  let sent = 0;
  const gone = server.program.err.find((line) => line.includes("slow consumer"), "slow consumer");
  const isGone = gone.then(() => true);
  while (!(await Promise.race([isGone, Promise.resolve(false)]))) {
    const burst = Array.from({ length: 50 }, () =>
      sender.socket.emitWithAck("message-from-client", { message }),
    );
    await within(Promise.all(burst), "the acks of a burst");
    sent += burst.length;
    assert.ok(sent < 20_000, "the stalled client was not closed");
  }
  await other.event("message-from-server", sent);
  assert.equal(other.events("message-from-server").length, sent);
  const { body } = await server.api("clients", { token: ada.token });
  assert.deepEqual(
    body.map((/** @type {{ id: string }} */ client) => client.id),
    [sender.socket.id, other.socket.id],
  );
});

test("a client that vanishes without a word leaves nothing behind", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const raw = await rawSession(t, server.url);
  raw.send(`40${JSON.stringify({ token: user.token })}`);
  await raw.packet("40");
  raw.socket.terminate();
  await server.program.err.find((line) => line.includes("disconnected"), "its end");
  assert.deepEqual((await server.api("clients", { token: user.token })).body, []);
});

test("an idle HTTP connection does not hold up the shutdown", async (t) => {
  const server = await start(t);
  const { hostname, port } = new URL(server.url);
  const idle = connectTcp(Number(port), hostname);
  await once(idle, "connect");
  idle.on("error", () => {});
  assert.equal(await server.program.stop("SIGINT"), 0);
});
