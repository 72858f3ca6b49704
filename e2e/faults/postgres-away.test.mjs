// @ts-check
// PostgreSQL fails and comes back while much is said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { startOnPostgres } from "../harness/databases.mjs";
import { ask } from "./ask.mjs";
import { insist } from "./insist.mjs";
import { Load, settings } from "./load.mjs";
import { check } from "./said.mjs";
import { config } from "./talkers.mjs";

const SIZE = { users: 10, devices: 4, rooms: 5, inFlight: 2 };
/** How many say something again and again, until it is acked, and what each says in a round. */
const INSISTENT = 10;
const EACH = 10;

test("PostgreSQL stops and starts under load, three times", { timeout: 180_000 }, async (t) => {
  const env = { ...settings, TERTULIA_DATABASE__TIMEOUT: "2s" };
  const { server, postgres } = await startOnPostgres(t, env, config);
  const load = await Load.begin(t, server, SIZE);
  const insistent = await Promise.all(Array.from({ length: INSISTENT }, () => insist(t, server)));
  const other = await connect(t, server.url, (await server.register()).token);
  const fleeting = { message: "fleeting", room: "fleeting" };
  await ask(other.socket, "join-room", { room: "fleeting" });
  load.follow("lobby", other.socket);
  const patient = [];
  for (let round = 1; round <= 3; round += 1) {
    assert.equal(await server.health(), 200);
    await load.more(500);
    for (const [at, say] of insistent.entries()) {
      for (let n = 0; n < EACH; n += 1) patient.push(say(`round ${round}: ${at}, ${n}`));
    }
    // Whoever gives messages names is told nothing, until they are acked.
    const refused = load.refusals(10);
    await postgres.stop();
    await refused;
    assert.equal(await server.health(), 503);
    const ack = await ask(other.socket, "message-from-client", fleeting);
    assert.equal(ack.seq, round, "what is not stored goes on");
    await postgres.start();
  }
  await load.more(500);
  await within(Promise.all(patient.map(({ isDone }) => isDone)), "everything to be acked", 60_000);
  await load.end();
  assert.equal(await server.health(), 200);
  const stored = await load.stored();
  check(stored, [...load.said.values(), ...patient.map(({ said }) => said)]);
  const texts = new Set(stored.map(({ message }) => message));
  const missing = patient.filter(({ said }) => !texts.has(said.text));
  assert.deepEqual(missing, [], "sent again and again, and not stored");
  t.diagnostic(`${load.acked} acked, ${load.unavailable} refused, ${stored.length} stored`);
});
