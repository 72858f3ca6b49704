// @ts-check
// A client that polls comes back before the server has noticed that it was gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../harness/client.mjs";
import { PollingSession } from "../harness/raw.mjs";
import { start } from "../harness/server.mjs";
import { say } from "../harness/talk.mjs";

/** An event with its arguments, the last of which is the offset. @typedef {[string, { message: string }, object, string]} Said */

/** A client that polls only when it is told to. */
class Poller {
  /** @type {string[]} */
  packets = [];

  /** @param {PollingSession} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * Connects.
   * @param {string} url
   * @param {object} auth
   * @returns {Promise<{ poller: Poller, sid: string, pid: string }>}
   */
  static async connect(url, auth) {
    const poller = new Poller(await PollingSession.open(url));
    await poller.session.post(`40${JSON.stringify(auth)}`);
    return { poller, ...JSON.parse((await poller.until("40")).slice(2)) };
  }

  /** Polls until there is a packet with this text. @param {string} text @returns {Promise<string>} */
  async until(text) {
    for (;;) {
      const found = this.packets.find((packet) => packet.includes(text));
      if (found !== undefined) return found;
      this.packets.push(...(await this.session.poll()).body.split("\x1e"));
    }
  }

  /** What was said, as far as it was polled. */
  said() {
    const events = this.packets.filter((packet) => packet.startsWith('42["message-from-server"'));
    return events.map((packet) => /** @type {Said} */ (JSON.parse(packet.slice(2))));
  }
}

test("who breaks off between two polls is recovered like anybody else", async (t) => {
  const server = await start(t);
  const [ana, luis] = [await server.register(), await server.register()];
  const speaker = await connect(t, server.url, luis.token);
  const before = await Poller.connect(server.url, { token: ana.token });
  await say(speaker, "lobby", "seen");
  await before.poller.until("seen");
  await say(speaker, "lobby", "missed");
  const offset = before.poller.said().at(-1)?.[3];
  const auth = { token: ana.token, pid: before.pid, offset };
  const after = await Poller.connect(server.url, auth);
  await say(speaker, "lobby", "live");
  await after.poller.until("live");
  assert.equal(after.sid, before.sid);
  const told = after.poller.said().map(([, body]) => body.message);
  assert.deepEqual(told, ["missed", "live"]);
});
