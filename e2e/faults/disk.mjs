// @ts-check
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** @typedef {import("../harness/server.mjs").Server} Server */

/**
 * From now on no file of the server may grow past the largest one of its database by more than this:
 * the disk is full for it. A real one cannot be filled everywhere without rights.
 * @param {Server} server
 * @param {number} bytes
 */
export async function leaveRoom(server, bytes) {
  const folder = join(server.folder, "data");
  const names = (await readdir(folder)).filter((name) => name.startsWith("tertulia.db"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  await limit(server, String(Math.max(...sizes) + bytes));
}

/** There is room again. @param {Server} server */
export async function makeRoom(server) {
  await limit(server, "unlimited");
}

/**
 * @param {Server} server
 * @param {string} soft
 */
async function limit(server, soft) {
  const { pid } = server.program.child;
  assert.ok(pid !== undefined);
  // The hard limit stays: only the soft one may be raised again without rights.
  await run("prlimit", ["--pid", String(pid), `--fsize=${soft}:`]);
}
