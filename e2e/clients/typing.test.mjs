// @ts-check
// Typing notices: to the others, and to nobody else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";
import { typeUntilHeard } from "../harness/talk.mjs";

for (const [name, way] of Object.entries(transports)) {
  test(`the others hear who is typing, the sender does not (${name})`, async (t) => {
    const server = await start(t);
    const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
    const writer = await connect(t, server.url, ada.token, { transports: way });
    const other = await connect(t, server.url, bob.token, { transports: way });
    await writer.list([writer.socket.id, other.socket.id]);
    const [notice, ...more] = await typeUntilHeard(writer, other, { room: "lobby" });
    assert.deepEqual(notice, { userId: ada.id, fullName: "Ada", room: "lobby" });
    assert.deepEqual(more, [], "it is not kept for recovery");
    await writer.socket.emitWithAck("message-from-client", { message: "fin" });
    await writer.event("message-from-server");
    assert.equal(writer.events("typing").length, 0);
    assert.equal(writer.events("exception").length, 0);
  });
}

test("a notice needs neither payload nor ack, and a wrong one is explained", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register(), await server.register()];
  const writer = await connect(t, server.url, ada.token);
  const other = await connect(t, server.url, bob.token);
  await writer.list([writer.socket.id, other.socket.id]);
  writer.socket.emit("typing");
  await typeUntilHeard(writer, other);
  await writer.socket.emitWithAck("message-from-client", { message: "mark" });
  await other.event("message-from-server");
  const before = other.events("typing").length;
  const wrong = [
    { payload: { room: 5 }, code: "invalid_payload", message: "room must be a string" },
    { payload: "lobby", code: "invalid_payload", message: "the payload must be an object" },
    { payload: [], code: "invalid_payload", message: "the payload must be an object" },
    { payload: { room: "nowhere" }, code: "forbidden", message: "join this room first" },
  ];
  for (const [index, { payload, code, message }] of wrong.entries()) {
    const ack = await writer.socket.emitWithAck("typing", payload);
    assert.deepEqual(ack, { ok: false, error: { code, message } });
    writer.socket.emit("typing", payload);
    const [exception] = await writer.event("exception", index + 1);
    const cause = { pattern: "typing", data: payload };
    assert.deepEqual(exception, { status: "error", code, message, cause });
  }
  await writer.socket.emitWithAck("message-from-client", { message: "fin" });
  await other.event("message-from-server", 2);
  assert.equal(other.events("typing").length, before);
});

test("of a flood of notices a room hears as many as anyone could read", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register(), await server.register()];
  const writer = await connect(t, server.url, ada.token);
  const other = await connect(t, server.url, bob.token);
  await writer.list([writer.socket.id, other.socket.id]);
  const started = performance.now();
  const acks = Array.from({ length: 500 }, () => writer.socket.emitWithAck("typing", {}));
  for (const ack of await Promise.all(acks)) assert.equal(ack.ok, true);
  const seconds = (performance.now() - started) / 1000;
  await writer.socket.emitWithAck("message-from-client", { message: "fin" });
  await other.event("message-from-server");
  const heard = other.events("typing").length;
  assert.ok(heard > 0 && heard <= 20 * (1 + seconds) + 1, `${heard} in ${seconds} s`);
});
