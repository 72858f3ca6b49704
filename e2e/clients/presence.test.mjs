// @ts-check
// Who is connected: the lists, and the people behind them (contract §1.3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { start } from "../harness/server.mjs";

test("sockets are listed in the order of their registration, and leaving takes one list", async (t) => {
  const server = await start(t);
  const users = [await server.register(), await server.register(), await server.register()];
  const [first, second, third] = [
    await connect(t, server.url, users[0].token, { transports: transports.polling }),
    await connect(t, server.url, users[1].token, { transports: transports.websocket }),
    await connect(t, server.url, users[2].token),
  ];
  await first.list([first.socket.id, second.socket.id, third.socket.id]);
  const before = first.events("clients-updated").length;
  const id = second.socket.id;
  second.socket.close();
  await first.list([first.socket.id, third.socket.id]);
  assert.equal(first.events("clients-updated").length, before + 1);
  assert.notEqual(id, undefined);
});

test("the people behind the ids", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const one = await connect(t, server.url, ada.token);
  const two = await connect(t, server.url, bob.token);
  const { status, body } = await server.api("clients", { token: ada.token });
  assert.equal(status, 200);
  const people = body.map((/** @type {Record<string, string>} */ client) => {
    const { connectedAt, ...rest } = client;
    assert.equal(new Date(connectedAt).toISOString(), connectedAt);
    return rest;
  });
  assert.deepEqual(people, [
    { id: one.socket.id, userId: ada.id, fullName: "Ada" },
    { id: two.socket.id, userId: bob.id, fullName: "Bob" },
  ]);
  assert.equal((await server.api("clients")).status, 401);
  assert.equal((await server.api("v1/clients", { token: bob.token })).status, 200);
});

test("a newcomer gets its list at once, the others when it is their time", async (t) => {
  // At 1 byte per second the second list is due after 23 seconds at the earliest.
  const server = await start(t, { TERTULIA_PRESENCE__BYTE_BUDGET: "1" });
  const [ada, bob] = [await server.register(), await server.register()];
  const first = await connect(t, server.url, ada.token);
  await first.list([first.socket.id]);
  const second = await connect(t, server.url, bob.token);
  await second.list([first.socket.id, second.socket.id]);
  // What is sent later arrives later: the first client has no second list yet.
  await second.socket.emitWithAck("message-from-client", { message: "x" });
  await first.event("message-from-server");
  assert.equal(first.events("clients-updated").length, 1);
});

test("many joining at once end in one list that everyone has", async (t) => {
  const server = await start(t);
  const users = await Promise.all(Array.from({ length: 25 }, () => server.register()));
  const clients = await Promise.all(
    users.map((user) =>
      connect(t, server.url, user.token, { transports: transports.websocket }),
    ),
  );
  const { body } = await server.api("clients", { token: users[0].token });
  const ids = body.map((/** @type {{ id: string }} */ client) => client.id);
  assert.deepEqual(new Set(ids), new Set(clients.map((client) => client.socket.id)));
  await Promise.all(clients.map((client) => client.list(ids)));
});

test("lists can be switched off", async (t) => {
  const server = await start(t, { TERTULIA_PRESENCE__CLIENTS_UPDATED: "false" });
  const [ada, bob] = [await server.register(), await server.register()];
  const first = await connect(t, server.url, ada.token);
  const second = await connect(t, server.url, bob.token);
  await second.socket.emitWithAck("message-from-client", { message: "x" });
  await first.event("message-from-server");
  assert.deepEqual(first.names(), ["*connect", "message-from-server"]);
});
