// @ts-check
// The disk with the SQLite database is full for some time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SOON_MS } from "../harness/deadline.mjs";
import { start } from "../harness/server.mjs";
import { leaveRoom, makeRoom } from "./disk.mjs";
import { insist } from "./insist.mjs";
import { config, Talkers } from "./talkers.mjs";

/** How much may be said before the disk is full, and how long each message is. */
const ROOM = 200_000;
const LONG = "x".repeat(3_000);

/** After so many at most it has to be full. */
const MOST = 500;

test("a full disk: messages are refused until there is room, all else goes on", async (t) => {
  const server = await start(t, {}, config);
  const talkers = await Talkers.connect(t, server);
  const insistent = await insist(t, server);
  for (const round of ["first", "second"]) {
    await leaveRoom(server, ROOM);
    const acked = await fill(talkers, round);
    const named = talkers.new(`${round}: named ${LONG}`, true);
    const unanswered = talkers.ada.socket.timeout(SOON_MS).emitWithAck(...named.event());
    unanswered.catch(() => {});
    const patient = insistent(`${round}: patient ${LONG}`);
    talkers.said.push(patient.said);
    const before = (await talkers.check()).length;
    for (const text of ["without a name", "neither"]) {
      const refused = await talkers.send(talkers.new(`${round}: ${text} ${LONG}`, false));
      assert.deepEqual(refused.refusals, ["unavailable"]);
      // They are answered in order: had those with a name been, it would be known by now.
      assert.deepEqual(patient.said.acks, []);
      assert.equal(await Promise.race([unanswered, Promise.resolve("none")]), "none");
      await talkers.goOn();
      assert.equal((await talkers.check()).length, before, "nobody gets what is not stored");
    }
    assert.equal(await server.health(), 200);
    await makeRoom(server);
    await patient.isDone;
    await talkers.send(named);
    const after = await talkers.send(talkers.new(`${round}: after`, false));
    assert.equal(after.acks[0]?.seq, before + 3);
    assert.equal((await talkers.check()).length, before + 3);
    t.diagnostic(`${acked} messages fitted in`);
  }
  await server.restart();
  await talkers.bob.connected();
  await talkers.check();
});

/**
 * Says something until nothing is taken any more, and how much was.
 * @param {Talkers} talkers
 * @param {string} round
 */
async function fill(talkers, round) {
  let [taken, refused] = [0, 0];
  // SQLite makes some room by itself: it takes what it can out of its log, and begins that anew.
  for (let n = 0; refused < 5; n += 1) {
    assert.ok(n < MOST, "the disk is not full");
    const { refusals } = await talkers.send(talkers.new(`${round}: ${n} ${LONG}`, false));
    if (refusals.length > 0) assert.deepEqual(refusals, ["unavailable"]);
    refused = refusals.length > 0 ? refused + 1 : 0;
    taken += 1 - refusals.length;
  }
  return taken;
}
