// @ts-check
// Whatever happens, nothing that was acked is lost, nothing is said twice, and everyone knows what
// was said in their rooms, in one order. The seed of a failed test goes into `E2E_SEED`.
import { test } from "node:test";
import { databases, startOn } from "../harness/databases.mjs";
import { Random, seed } from "../harness/random.mjs";
import { judge } from "./model/verdict.mjs";
import { World } from "./model/world.mjs";

const STEPS = 1_500;
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
      const ta=performance.now(); const world = new World(server, random);
      await world.populate(t, 6);
      const tb=performance.now(); const third = STEPS / 3;
      /** @type {Map<number, "SIGTERM" | "SIGKILL">} */
      const restarts = new Map();
      for (const at of [0, third, 2 * third]) {
        restarts.set(at + random.below(third), random.choice(["SIGTERM", "SIGKILL", "SIGKILL"]));
      }
      const t0=performance.now(); await world.run(STEPS, restarts); const t1=performance.now();
      await world.rest(); const t2=performance.now();
      const { stored } = await judge(world);
      const reloads = world.devices.reduce((sum, { follower }) => sum + follower.reloads, 0);
      t.diagnostic(`${tb-ta} ${t1-t0} ${t2-t1} ${performance.now()-t2} acked ${[...world.posts.values()].filter(p=>p.acks.length).length} un ${[...world.posts.values()].filter(p=>p.unanswered).length} ref ${[...world.posts.values()].filter(p=>p.refusals.length).length} dis ${world.devices.map(d=>d.client.events("*disconnect").map(e=>e[1]).length+"/"+d.client.events("message-from-server").length)} ${stored} of ${world.posts.size} messages stored, ${reloads} reloads`);
    });
  }
}
