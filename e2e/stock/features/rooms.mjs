// @ts-check
import assert from "node:assert/strict";

/** @typedef {import("../stage.mjs").Stage} Stage */
/** @typedef {import("../drivers/driver.mjs").StockPeer} StockPeer */

/**
 * Three clients: `ada` in red, `bob` in red and blue, `eve` in none.
 * @param {Stage} stage
 */
async function three(stage) {
  const server = await stage.server();
  const [ada, bob, eve] = await Promise.all([1, 2, 3].map(() => stage.connect(server)));
  await ada.call("join", "red");
  await bob.call("join", "red");
  await bob.call("join", "blue");
  return { ada, bob, eve };
}

/**
 * Says something, and compares what each has heard: what is said to all at last is heard by all,
 * and after anything else.
 * @param {StockPeer} speaker
 * @param {Record<string, unknown>} say
 * @param {[StockPeer, number][]} copies
 */
async function heard(speaker, say, copies) {
  const before = copies.map(([peer]) => peer.events("said").length);
  await speaker.call("say", { text: "this", ...say });
  await speaker.call("say", { text: "that", echo: true });
  for (const [at, [peer, count]] of copies.entries()) {
    await peer.event("said", before[at] + count + 1);
    const texts = peer.events("said").slice(before[at]);
    const expected = [...Array.from({ length: count }, () => "this"), "that"];
    assert.deepEqual(texts.map(([, text]) => text).toSorted(), expected.toSorted());
  }
}

/** @type {import("./feature.mjs").Feature[]} */
export const rooms = [
  {
    name: "broadcast: to all, to all others",
    run: async (stage) => {
      const { ada, bob, eve } = await three(stage);
      await heard(ada, { echo: true }, [[ada, 1], [bob, 1], [eve, 1]]);
      await heard(ada, {}, [[ada, 0], [bob, 1], [eve, 1]]);
    },
  },
  {
    name: "rooms: to several with one copy each, to one socket, leave",
    run: async (stage) => {
      const { ada, bob, eve } = await three(stage);
      await heard(ada, { to: ["red"] }, [[ada, 0], [bob, 1], [eve, 0]]);
      const both = { to: ["red", "blue"], echo: true };
      await heard(eve, both, [[ada, 1], [bob, 1], [eve, 0]]);
      await heard(ada, { to: [eve.id] }, [[ada, 0], [bob, 0], [eve, 1]]);
      await bob.call("leave", "red");
      await heard(eve, { to: ["red"] }, [[ada, 1], [bob, 0], [eve, 0]]);
    },
  },
  {
    name: "except a room, except a socket",
    run: async (stage) => {
      const { ada, bob, eve } = await three(stage);
      await heard(eve, { except: ["blue"] }, [[ada, 1], [bob, 0], [eve, 0]]);
      const some = { to: ["red"], except: [ada.id], echo: true };
      await heard(eve, some, [[ada, 0], [bob, 1], [eve, 0]]);
    },
  },
  {
    name: "volatile events arrive",
    ways: ["websocket", "upgrade"],
    run: async (stage) => {
      const { ada, bob } = await three(stage);
      await heard(ada, { volatile: true }, [[ada, 0], [bob, 1]]);
    },
  },
  {
    name: "volatile events are dropped while a client does not read",
    run: async (stage) => {
      const server = await stage.server({ OUTBOX_BYTES: "65536" });
      const proxy = await stage.proxy(server);
      const [slow, other] = await Promise.all([stage.connect(proxy), stage.connect(server)]);
      await slow.call("join", "slow");
      proxy.stall();
      assert.deepEqual(await other.call("flood", "slow"), ["flooded"]);
      proxy.heal();
      const numbers = () =>
        slow.events("said").map(([, said]) => /** @type {{ number: any }} */ (said).number);
      // Volatile as well, they arrive as soon as there is room again.
      while (!numbers().includes("after")) {
        await other.call("say", { text: { number: "after" }, to: ["slow"], volatile: true });
      }
      const flood = numbers().filter((number) => number !== "after");
      assert.ok(flood.length < 1000, `${flood.length} of 1,000`);
      assert.deepEqual(stage.inOrder(flood), flood.toSorted((a, b) => a - b));
      assert.deepEqual(slow.events("*disconnect"), []);
    },
  },
];
