// @ts-check
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./deadline.mjs";
import { Log } from "./log.mjs";

/**
 * Makes a cluster in a temporary folder, then does what it is told, line by line, and removes it when
 * nobody tells it anything any more: the tests of Rust have the same.
 */
const guard = fileURLToPath(new URL("../../crates/test-postgres/src/guard.sh", import.meta.url));

/** How long an order may take. The first one waits for `initdb`. */
const ORDER_MS = 60_000;

/** A PostgreSQL of its own on a port of its own on loopback, from the system's packages. */
export class Postgres {
  #done = 0;
  #ended = false;

  /** @param {number} port */
  constructor(port) {
    this.port = port;
    /** @type {Log<string>} */
    this.out = new Log();
    // Whoever ends the tests by a signal to all their processes leaves it to clean up.
    this.child = spawn("bash", [guard, String(port), "fsync=off"], {
      detached: true,
      env: { ...process.env, PGOPTIONS: "-c statement_timeout=30s" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.exit = once(this.child, "exit");
    this.child.stdin.on("error", () => {});
    createInterface(this.child.stdout).on("line", (line) => this.out.push(line));
  }

  /** Makes one, and starts it. Whoever does so has to {@link end} it. */
  static async make() {
    const postgres = new Postgres(await freePort());
    await postgres.start();
    return postgres;
  }

  /** The address of its database. */
  get url() {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Stops it as if its machine had failed. Its data stay. */
  async stop() {
    await this.#order("stop");
  }

  /** Starts it on the same data. */
  async start() {
    await this.#order("start");
  }

  /** Stops it and removes its data. */
  async end() {
    this.#ended = true;
    this.child.stdin.end();
    const [code] = await within(this.exit, "the end of PostgreSQL", ORDER_MS);
    assert.equal(code, 0, "PostgreSQL ends");
  }

  /** @param {string} order */
  async #order(order) {
    this.#done += 1;
    const wanted = this.#done;
    this.child.stdin.write(`${order}\n`);
    const failed = this.exit.then(() => {
      if (!this.#ended) throw new Error(`PostgreSQL failed at: ${order}`);
    });
    const done = this.out.until(() => this.out.entries.length >= wanted, order, ORDER_MS);
    await Promise.race([done, failed]);
  }
}

/** A port that nobody listens on, outside of those that the system gives to whoever asks for any. */
async function freePort() {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_000; port += 1) {
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error("all ports are taken");
}
