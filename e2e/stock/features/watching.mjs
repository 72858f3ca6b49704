// @ts-check
import assert from "node:assert/strict";

/** @typedef {import("../drivers/driver.mjs").StockPeer} StockPeer */

/** What a client has heard of its `news`. @param {StockPeer} peer @param {number} count */
async function heard(peer, count) {
  await peer.event("heard", count);
  return peer.events("heard").map(([, who]) => who);
}

/** @type {import("./feature.mjs").Feature[]} */
export const watching = [
  {
    name: "connection middlewares: in order, the first to refuse ends it with data",
    run: async (stage) => {
      const server = await stage.server();
      /** Connects, and returns who was asked. @param {string} refused_by */
      const ask = async (refused_by) => {
        const before = server.events("middleware").length;
        const peer = await stage.open(server, { namespaces: ["/asked"], auth: { refused_by } });
        if (refused_by) {
          const error = [`refused by ${refused_by}`, { code: refused_by }];
          assert.deepEqual(await peer.event("*connect_error"), error);
        } else {
          await peer.event("*connect");
        }
        await server.settled();
        return server.events("middleware").slice(before).map(([, name]) => name);
      };
      assert.deepEqual(await ask("first"), ["first"]);
      assert.deepEqual(await ask("second"), ["first", "second"]);
      assert.deepEqual(await ask(""), ["first", "second"]);
    },
  },
  {
    name: "catch-all of incoming events, packet middleware, fallback",
    run: async (stage) => {
      const peer = await stage.open(await stage.server(), { namespaces: ["/watched"] });
      await peer.event("*connect");
      peer.emit("secret plan", 1);
      assert.deepEqual(await peer.event("seen"), ["secret plan", "1"]);
      const error = { message: "no secrets", data: { code: 7 } };
      assert.deepEqual(await peer.event("refused"), [error]);
      assert.deepEqual(await peer.call("secret question"), [error]);
      peer.emit("nobody handles this", "a", [2]);
      assert.deepEqual(await peer.event("unknown"), ["nobody handles this"]);
      assert.deepEqual(await peer.event("seen", 3), ["nobody handles this", '"a",[2]']);
      peer.emit("news");
      assert.deepEqual(await peer.event("heard"), ["namespace"]);
      assert.equal(peer.events("unknown").length, 1);
    },
  },
  {
    name: "listeners of one socket: on, once, off",
    run: async (stage) => {
      const peer = await stage.open(await stage.server(), { namespaces: ["/watched"] });
      await peer.event("*connect");
      await peer.call("listen", false);
      await peer.call("listen", true);
      peer.emit("news");
      const first = ["namespace", "always", "once"];
      assert.deepEqual(await heard(peer, 3), first);
      peer.emit("news");
      const second = [...first, "namespace", "always"];
      assert.deepEqual(await heard(peer, 5), second);
      assert.deepEqual(await peer.call("unlisten"), [1]);
      peer.emit("news");
      assert.deepEqual(await heard(peer, 6), [...second, "namespace"]);
      await peer.call("unlisten");
      assert.equal(peer.events("heard").length, 6);
    },
  },
];
