// @ts-check
// The stock client's own `retries`, while the network breaks: everything is said exactly once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { Proxy } from "../harness/proxy.mjs";
import { Random, seed } from "../harness/random.mjs";
import { start } from "../harness/server.mjs";
import { does, heard, settle } from "../harness/talk.mjs";

const MESSAGES = 60;

/**
 * Sends again until there is an answer. The time-outs are short, so that what is lost costs little:
 * a WebSocket that breaks during its handshake is noticed by `timeout` alone.
 */
const stubborn = { retries: 1000, ackTimeout: 500, timeout: 1000 };

/**
 * Heartbeats come often: a stock client whose connections break in the middle of an upgrade has
 * stopped polling, and notices nothing until then.
 */
const heartbeats = { TERTULIA_ENGINE__PING_INTERVAL: "1s", TERTULIA_ENGINE__PING_TIMEOUT: "1s" };

/** @param {number} count */
const numbers = (count) => Array.from({ length: count }, (_, n) => n + 1);

/**
 * The whole history of the lobby, page by page.
 * @param {import("../harness/client.mjs").Client} client
 */
async function wholeHistory(client) {
  /** @type {import("../harness/talk.mjs").Stored[]} */
  const all = [];
  for (let hasMore = true; hasMore; ) {
    const page = await does(client, "message-history", { after: all.at(-1)?.seq ?? 0, limit: 100 });
    all.push(...page.messages);
    hasMore = page.hasMore;
  }
  return all;
}

for (const [name, way] of Object.entries(transports)) {
  test(`an answer that is lost: what was said is not said again (${name})`, async (t) => {
    const server = await start(t, heartbeats);
    const [ana, luis] = [await server.register(), await server.register()];
    const proxy = await Proxy.before(t, server.url);
    const options = { ...stubborn, transports: way };
    const sender = await connect(t, proxy.url, ana.token, options);
    const witness = await connect(t, server.url, luis.token);
    await proxy.held();
    await server.settled();
    proxy.hush();
    const payload = { message: "once", clientMsgId: "draft" };
    const answer = sender.socket.emitWithAck("message-from-client", payload);
    const [, { id, seq, room, sentAt }] = await witness.event("message-from-server");
    proxy.cut();
    proxy.heal();
    const ack = await within(answer, "the answer to the same message");
    assert.deepEqual(ack, { ok: true, id, seq, room, sentAt, duplicate: true });
    await settle(witness, sender);
    for (const client of [witness, sender]) {
      assert.equal(heard(client).filter(({ message }) => message === "once").length, 1);
    }
    const [first, ...mark] = await wholeHistory(witness);
    assert.deepEqual([first.message, mark.length], ["once", 1]);
  });

  for (const restarts of [false, true]) {
    const how = restarts ? "the server is killed and started" : "connections break";
    test(`with retries everything is said once while ${how} (${name}, E2E_SEED=${seed})`, async (t) => {
      const random = new Random(seed);
      const server = await start(t, heartbeats);
      const [ana, luis] = [await server.register(), await server.register()];
      const proxy = await Proxy.before(t, server.url);
      const sender = await connect(t, proxy.url, ana.token, { ...stubborn, transports: way });
      const witness = await connect(t, server.url, luis.token);
      const acks = numbers(MESSAGES).map(
        (n) => /** @type {Promise<any>} */ (
          sender.socket.emitWithAck("message-from-client", {
            message: `${n}`,
            clientMsgId: `message ${n}`,
          })
        ),
      );
      let answered = 0;
      for (const ack of acks) void ack.then(() => (answered += 1));
      // The stock client sends the next one when it has the answer to the one before.
      for (let cuts = 0; answered < MESSAGES && cuts < 6; cuts += 1) {
        const from = proxy.bytesToClients;
        const some = random.below(1500);
        await until(() => proxy.bytesToClients > from + some || answered === MESSAGES);
        proxy.cut();
        if (restarts) {
          await server.kill();
          await server.startAgain();
        }
        proxy.heal();
      }
      const results = await within(Promise.all(acks), "all answers", 60_000);
      assert.deepEqual(results.map(({ ok }) => ok), acks.map(() => true));
      assert.deepEqual(results.map(({ seq }) => seq), numbers(MESSAGES));
      const history = await wholeHistory(witness);
      assert.deepEqual(
        history.map(({ seq, message, id }) => [seq, message, id]),
        results.map(({ seq, id }) => [seq, `${seq}`, id]),
      );
      if (!restarts) {
        await witness.event("message-from-server", MESSAGES);
        assert.deepEqual(heard(witness).map(({ seq }) => seq), numbers(MESSAGES));
      }
    });
  }
}

/** Looks again and again, in between everything else. @param {() => boolean} holds */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
