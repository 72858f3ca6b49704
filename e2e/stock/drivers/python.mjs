// @ts-check
// python-socketio in a child process, which speaks lines of JSON.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "../../harness/deadline.mjs";
import { Program } from "../../harness/process.mjs";
import { Registry } from "./remote.mjs";

/** @typedef {import("./driver.mjs").Driver} Driver */

const folder = fileURLToPath(new URL("../../python/", import.meta.url));
const python = fileURLToPath(new URL("../../../target/python-clients/bin/python", import.meta.url));

/** The child process of one script. */
class Child {
  registry = new Registry();
  /** @type {Map<number, (answer: any) => void>} */
  #asked = new Map();
  #commands = 0;

  /** @param {string} script */
  constructor(script) {
    this.program = new Program(python, ["-u", script], { cwd: folder });
    createInterface(this.program.child.stdout).on("line", (line) => this.#receive(line));
  }

  /** @param {string} line */
  #receive(line) {
    const { peer, entry, command, answer } = JSON.parse(line);
    if (entry !== undefined) return this.registry.report(peer, entry);
    // The first answer counts.
    this.#asked.get(command)?.(answer);
    this.#asked.delete(command);
  }

  /**
   * @param {string} what
   * @param {unknown} about
   * @param {unknown} args
   */
  send(what, about, args) {
    const command = (this.#commands += 1);
    const answer = new Promise((resolve) => this.#asked.set(command, resolve));
    this.program.child.stdin.write(`${JSON.stringify({ command, what, about, args })}\n`);
    return answer;
  }
}

/** It has three names for what socket.io has six for. @type {Driver["reason"]} */
function reason(reason, way) {
  if (reason === "io server disconnect") return "server disconnect";
  if (reason === "io client disconnect") return "client disconnect";
  // Over polling the server says that it closes the transport.
  if (reason === "transport close" && way === "polling") return "server disconnect";
  return "transport error";
}

/**
 * @param {string} name
 * @param {string} script
 * @param {{ isOrdered: boolean }} properties
 * @returns {Driver}
 */
function driver(name, script, properties) {
  /** Started for the first test that asks. @type {Child | undefined} */
  let child;
  return {
    name,
    parser: "default",
    ...properties,
    reason,
    open: async (t, url, options) => {
      const started = (child ??= new Child(script));
      const peers = started.registry.add(options.namespaces.length, (what, peer, args) =>
        started.send(what, peer, args),
      );
      const numbers = peers.map(({ number }) => number);
      // Not waited for: a sync client that polls may wait for its own write loop, for 30 s.
      t.after(() => void started.send("end", numbers[0], []));
      await within(started.send("open", numbers, { url, ...options }), `a ${name}`);
      return peers;
    },
    end: async () => {
      await child?.program.stop("SIGKILL");
    },
  };
}

/** It runs each packet in a thread of its own. */
export const pythonSync = driver("python-socketio 5.18, sync", "sync_client.py", {
  isOrdered: false,
});
export const pythonAsync = driver("python-socketio 5.18, asyncio", "async_client.py", {
  isOrdered: true,
});
