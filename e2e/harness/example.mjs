// @ts-check
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { within } from "./deadline.mjs";
import { binaries, Program } from "./process.mjs";

/**
 * Runs an example of one of the crates on a free port, and stops it after the test. Says where it is.
 * @param {{ after: (end: () => Promise<void>) => void }} t
 * @param {string} name
 * @param {Record<string, string>} [settings]
 */
export async function example(t, name, settings = {}) {
  const { url } = await startExample(t, name, settings);
  return url;
}

/**
 * The same, for tests that stop it before.
 * @param {Parameters<typeof example>[0]} t
 * @param {string} name
 * @param {Record<string, string>} [settings]
 */
export async function startExample(t, name, settings = {}) {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, "close");
  const program = new Program(join(binaries, "examples", name), [], {
    env: { ...settings, PORT: String(port) },
  });
  const stop = async () => {
    assert.equal(await program.stop("SIGINT"), 0);
  };
  t.after(stop);
  const url = `http://127.0.0.1:${port}`;
  await within(answering(url), `${name} to listen`);
  return { url, stop };
}

/** @param {string} url */
async function answering(url) {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
  }
}
