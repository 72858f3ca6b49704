// @ts-check
import assert from "node:assert/strict";

/** @typedef {import("../drivers/driver.mjs").StockPeer} StockPeer */

/**
 * Sends `news`, and compares who has heard of it; not in which order, which some clients do not keep.
 * @param {StockPeer} peer
 * @param {string[]} expected
 */
async function heard(peer, ...expected) {
  const before = peer.events("heard").length;
  peer.emit("news");
  await peer.event("heard", before + expected.length);
  const who = peer.events("heard").slice(before).map(([, who]) => who);
  assert.deepEqual(who.toSorted(), expected.toSorted());
}

/** @type {import("./feature.mjs").Feature[]} */
export const watching = [
  {
    name: "connection middlewares: in order, the first to refuse ends it with data",
    run: async (stage) => {
      const server = await stage.server();
      /** Connects, and compares who was asked. @param {string} refused_by @param {string[]} expected */
      const ask = async (refused_by, expected) => {
        const before = server.events("middleware").length;
        const options = { namespaces: ["/asked"], auth: { refused_by }, reconnection: false };
        const peer = await stage.open(server, options);
        if (refused_by) {
          const error = [`refused by ${refused_by}`, { code: refused_by }];
          assert.deepEqual(await peer.event("*connect_error"), error);
        } else {
          await peer.event("*connect");
        }
        await server.event("middleware", before + expected.length);
        const asked = server.events("middleware").slice(before).map(([, name]) => name);
        assert.deepEqual(asked, expected);
      };
      await ask("first", ["first"]);
      await ask("second", ["first", "second"]);
      await ask("", ["first", "second"]);
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
      await heard(peer, "namespace", "always", "once");
      await heard(peer, "namespace", "always");
      assert.deepEqual(await peer.call("unlisten"), [1]);
      await heard(peer, "namespace");
      await peer.call("unlisten");
      assert.equal(peer.events("heard").length, 6);
    },
  },
  {
    name: "catch-all of outgoing events: once, however many get it",
    run: async (stage) => {
      const server = await stage.server();
      const open = () => stage.open(server, { namespaces: ["/watched"] });
      const peers = await Promise.all([open(), open(), open()]);
      for (const peer of peers) await peer.event("*connect");
      const sent = () => server.events("outgoing").filter(([, event]) => event === "shouted");
      for (const text of ["one", "two"]) {
        peers[0].emit("shout", text, { binary: Buffer.from([1]) });
        for (const peer of peers) {
          const [heard] = await peer.event("shouted", text === "one" ? 1 : 2);
          assert.equal(heard, text);
        }
      }
      await server.log.until(() => sent().length >= 2, "what was sent");
      const args = '{"binary":{"_placeholder":true,"num":0}}';
      assert.deepEqual(sent(), [
        ["outgoing", "shouted", `"one",${args}`],
        ["outgoing", "shouted", `"two",${args}`],
      ]);
    },
  },
  {
    name: "data of sockets, which others find",
    run: async (stage) => {
      const server = await stage.server();
      const open = () => stage.open(server, { namespaces: ["/named"] });
      const peers = await Promise.all([open(), open()]);
      for (const peer of peers) await peer.event("*connect");
      for (const [at, peer] of peers.entries()) {
        assert.deepEqual(await peer.call("name", `client ${at}`), ["named"]);
      }
      const [names] = await peers[0].call("names");
      assert.deepEqual(names.toSorted(), ["client 0", "client 1"]);
    },
  },
];
