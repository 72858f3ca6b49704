// @ts-check
// Whatever happens, nothing that was acked is lost, nothing is said twice, and everyone knows what
// was said in their rooms, in one order. The seed of a failed test goes into `E2E_SEED`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { databases, startOn } from "../harness/databases.mjs";
import { Random, seed } from "../harness/random.mjs";
import { judge } from "./model/verdict.mjs";
import { World } from "./model/world.mjs";

const STEPS = 1_200;
const seeds = process.env.E2E_SEED === undefined ? [seed, seed + 1, seed + 2] : [seed];

for (const kind of databases) {
  for (const drawn of seeds) {
    test(`the model holds (${kind}, E2E_SEED=${drawn})`, { timeout: 120_000 }, async (t) => {
      const random = new Random(drawn);
      const server = await startOn(t, kind, {
        TERTULIA_SESSIONS__POLICY: "unlimited",
        TERTULIA_PRESENCE__CLIENTS_UPDATED: "false",
        TERTULIA_ENGINE__PING_INTERVAL: "2s",
        TERTULIA_ENGINE__PING_TIMEOUT: "2s",
      });
      const world = new World(server, random);
      await world.populate(t, 6);
      const third = STEPS / 3;
      /** @type {Map<number, "SIGTERM" | "SIGKILL">} */
      const restarts = new Map();
      for (const at of [0, third, 2 * third]) {
        restarts.set(at + random.below(third), random.choice(["SIGTERM", "SIGKILL", "SIGKILL"]));
      }
      await world.run(STEPS, restarts);
      await world.flood();
      await world.rest();
      const { stored } = await judge(world);
      const reloads = world.devices.reduce((sum, { follower }) => sum + follower.reloads, 0);
      assert.ok(reloads > 0, "nobody had to load anew");
      t.diagnostic(`${stored} of ${world.posts.size} messages stored, ${reloads} reloads`);
    });
  }
}
