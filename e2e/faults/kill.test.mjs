// @ts-check
// The server dies in the middle of a load: what was acked is there, and everyone knows it.
import { test } from "node:test";
import { databases, startOn } from "../harness/databases.mjs";
import { Load, settings } from "./load.mjs";
import { check } from "./said.mjs";

for (const kind of databases) {
  test(`kill -9 in the middle of a load, three times (${kind})`, { timeout: 180_000 }, async (t) => {
    const server = await startOn(t, kind, settings);
    const load = await Load.begin(t, server, { users: 20, devices: 10, rooms: 10, inFlight: 3 });
    for (let round = 1; round <= 3; round += 1) {
      await load.more(1_000);
      await server.kill();
      await server.startAgain();
    }
    await load.more(1_000);
    await load.end();
    // Of all three times: what was lost once is missing now.
    const all = await load.stored();
    check(all, load.said.values());
    t.diagnostic(`${load.acked} acked, ${all.length} stored of ${load.said.size}`);
  });
}
