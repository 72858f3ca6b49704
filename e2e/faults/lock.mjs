// @ts-check
import assert from "node:assert/strict";
import { join } from "node:path";
import { Program } from "../harness/process.mjs";

/** Writes, so that nobody else can, until it is told to end. */
const WRITER = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
`;

/**
 * Another process writes to the server's SQLite database, until what this gives is called.
 * @param {{ after: (end: () => void) => void }} t
 * @param {import("../harness/server.mjs").Server} server
 */
export async function lock(t, server) {
  const path = join(server.folder, "data", "tertulia.db");
  const program = new Program("python3", ["-c", WRITER, path], {});
  t.after(() => program.child.kill());
  await program.out.find((line) => line === "locked", "the lock");
  return async () => {
    program.child.stdin.end("\n");
    assert.equal(await program.exit, 0, program.err.entries.join("\n"));
  };
}
