// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./deadline.mjs";
import { Log } from "./log.mjs";

const target = fileURLToPath(new URL("../../target/release/", import.meta.url));

/** The binaries under test; `TERTULIA_TARGET` names another folder of builds. */
export const binaries = process.env.TERTULIA_TARGET ?? target;

/** A program under test, and what it has written. */
export class Program {
  /**
   * @param {string} path
   * @param {string[]} args
   * @param {{ cwd?: string, env?: Record<string, string> }} options
   */
  constructor(path, args, { cwd, env = {} }) {
    /** @type {Log<string>} */
    this.out = new Log();
    /** @type {Log<string>} */
    this.err = new Log();
    const inherited = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
    this.child = spawn(path, args, { cwd, env: { ...inherited, ...env } });
    this.exit = once(this.child, "exit").then(([code]) => /** @type {number | null} */ (code));
    createInterface(this.child.stdout).on("line", (line) => this.out.push(line));
    createInterface(this.child.stderr).on("line", (line) => this.err.push(line));
  }

  /**
   * Ends the program and says with which code it did so.
   * @param {NodeJS.Signals} signal
   */
  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    return within(this.exit, `the end of the program after ${signal}`, 12_000);
  }
}
