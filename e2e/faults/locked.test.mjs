// @ts-check
// Another process writes to the SQLite database for some time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SOON_MS } from "../harness/deadline.mjs";
import { start } from "../harness/server.mjs";
import { lock } from "./lock.mjs";
import { insist } from "./insist.mjs";
import { config, Talkers } from "./talkers.mjs";

test("while another process writes, messages wait and all else goes on", async (t) => {
  const server = await start(t, { TERTULIA_DATABASE__TIMEOUT: "30s" }, config);
  const talkers = await Talkers.connect(t, server);
  await talkers.send(talkers.new("before", false));
  const release = await lock(t, server);
  const waiting = [talkers.new("waits", false), talkers.new("waits too", true)];
  const sent = Promise.all(waiting.map((said) => talkers.send(said)));
  await talkers.goOn();
  assert.deepEqual(waiting.map(({ acks, refusals }) => [...acks, ...refusals]), [[], []]);
  assert.equal((await talkers.check()).length, 1, "nobody gets what is not stored");
  assert.equal(await server.health(), 200);
  await release();
  await sent;
  assert.deepEqual(waiting.map(({ acks }) => acks[0]?.seq), [2, 3]);
  await talkers.send(talkers.new("after", false));
  assert.equal((await talkers.check()).length, 4);
});

test("when another process writes for too long, messages are refused", async (t) => {
  const server = await start(t, { TERTULIA_DATABASE__TIMEOUT: "1s" }, config);
  const talkers = await Talkers.connect(t, server);
  const insistent = await insist(t, server);
  await talkers.send(talkers.new("before", false));
  const release = await lock(t, server);
  const named = talkers.new("named", true);
  const unanswered = talkers.ada.socket.timeout(SOON_MS).emitWithAck(...named.event());
  const patient = insistent("patient");
  talkers.said.push(patient.said);
  for (const text of ["without a name", "neither"]) {
    const refused = await talkers.send(talkers.new(text, false));
    assert.deepEqual(refused.refusals, ["unavailable"]);
    // They are answered in order: had those with a name been, it would be known by now.
    assert.deepEqual(patient.said.acks, []);
    assert.equal(await Promise.race([unanswered, Promise.resolve("none")]), "none");
    await talkers.goOn();
    assert.equal((await talkers.check()).length, 1, "nobody gets what is not stored");
  }
  await release();
  await patient.isDone;
  await talkers.send(named);
  await talkers.send(talkers.new("after", false));
  const stored = await talkers.check();
  const texts = stored.map(({ message }) => message);
  assert.deepEqual(texts, ["before", "patient", "named", "after"]);
  unanswered.catch(() => {});
});
