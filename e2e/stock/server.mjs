// @ts-check
import assert from "node:assert/strict";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Peer } from "../harness/peer.mjs";
import { binaries, Program } from "../harness/process.mjs";

/** The library's example `stock`. Its log has what it writes: `listening`, and each `disconnect`. */
export class StockServer extends Peer {
  url = "";

  /** @param {Record<string, string>} settings */
  constructor(settings) {
    super();
    this.program = new Program(join(binaries, "examples", "stock"), [], { env: settings });
    createInterface(this.program.child.stdout).on("line", (line) => this.log.push(JSON.parse(line)));
  }

  /**
   * Starts it on a free port, and stops it after the test.
   * @param {{ after: (end: () => Promise<void>) => void }} t
   * @param {Record<string, string>} [settings]
   */
  static async start(t, settings = {}) {
    const server = new StockServer(settings);
    t.after(() => server.stop());
    [server.url] = await server.event("listening");
    return server;
  }

  /** Waits until it has read what reached it before. */
  async settled() {
    await fetch(this.url);
  }

  /** Stops it, unless it was. */
  async stop() {
    const { exitCode } = this.program.child;
    assert.equal(exitCode ?? (await this.program.stop("SIGINT")), 0);
    assert.deepEqual(this.program.err.entries, [], "it has nothing to complain about");
  }

  /** Why a socket has ended, by its id. @param {string} id */
  async ending(id) {
    const entry = await this.log.find(
      ([event, socket]) => event === "disconnect" && socket === id,
      `the end of ${id}`,
    );
    return entry[2];
  }
}
