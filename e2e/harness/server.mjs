// @ts-check
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaries, Program } from "./process.mjs";

export const SECRET = "a secret that only these tests know";

/** @typedef {{ id: string, email: string, fullName: string, token: string }} User */

/** A running `tertulia` in a folder of its own. */
export class Server {
  /**
   * @param {string} folder
   * @param {Record<string, string>} env
   */
  constructor(folder, env) {
    this.folder = folder;
    this.env = env;
    this.url = "";
    this.program = this.spawn("0");
    this.users = 0;
  }

  /** Starts the program. @param {string} port */
  spawn(port) {
    const env = {
      JWT_SECRET: SECRET,
      TERTULIA_RATE_LIMITS__ENABLED: "false",
      ...this.env,
      PORT: port,
    };
    return new Program(join(binaries, "tertulia"), ["serve", "--demo"], {
      cwd: this.folder,
      env,
    });
  }

  /** Waits until it listens. */
  async ready() {
    const line = await this.program.out.find((text) => text.includes("http://"), "the banner");
    this.url = /** @type {RegExpExecArray} */ (/http:\/\/[\d.:]+/.exec(line))[0];
    return this;
  }

  /** Waits until it has read what reached it before. */
  async settled() {
    await fetch(this.url);
  }

  /** Writes `tertulia.toml`, for the next start. @param {string} text */
  async configure(text) {
    await writeFile(join(this.folder, "tertulia.toml"), text);
  }

  /** Stops it and starts it again on the same port with the same data. */
  async restart() {
    assert.equal(await this.program.stop(), 0);
    await this.startAgain();
  }

  /** Ends it at once, whatever it is doing. */
  async kill() {
    assert.equal(await this.program.stop("SIGKILL"), null);
  }

  /** Starts it on the same port with the same data, after it has ended. */
  async startAgain() {
    this.program = this.spawn(new URL(this.url).port);
    await this.ready();
  }

  async close() {
    const code = this.program.child.exitCode ?? (await this.program.stop());
    await rm(this.folder, { recursive: true, force: true });
    assert.equal(code, 0, "the server ends by itself");
  }

  /**
   * @param {string} path
   * @param {{ method?: string, body?: unknown, token?: string }} [options]
   */
  async api(path, { method, body, token } = {}) {
    const response = await fetch(`${this.url}/api/${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  /** How it is: the status of what it says of its health. */
  async health() {
    const response = await fetch(`${this.url}/healthz`);
    await response.text();
    return response.status;
  }

  /**
   * A new user, signed in.
   * @param {string} [fullName]
   * @returns {Promise<User>}
   */
  async register(fullName) {
    this.users += 1;
    const email = `user${this.users}@example.com`;
    const body = { email, password: "Abc123", fullName: fullName ?? `User ${this.users}` };
    const answer = await this.api("auth/register", { body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  }

  /** The demo's admin, signed in. @returns {Promise<User>} */
  async admin() {
    const body = { email: "test1@google.com", password: "Abc123" };
    return (await this.api("auth/login", { body })).body;
  }

  /**
   * Has an admin change a user.
   * @param {User} user
   * @param {{ fullName?: string, roles?: string[], isActive?: boolean }} body
   */
  async change({ id }, body) {
    const { token } = await this.admin();
    const answer = await this.api(`users/${id}`, { method: "PATCH", body, token });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
}

/**
 * Starts a server with these settings, and stops it after the test.
 * @param {{ after: (end: () => Promise<void>) => void }} t
 * @param {Record<string, string>} [env]
 * @param {string} [file] What stands in `tertulia.toml`.
 */
export async function start(t, env = {}, file) {
  const folder = await mkdtemp(join(tmpdir(), "tertulia-"));
  if (file !== undefined) await writeFile(join(folder, "tertulia.toml"), file);
  const server = new Server(folder, env);
  t.after(() => server.close());
  return server.ready();
}
