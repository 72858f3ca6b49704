// @ts-check
import assert from "node:assert/strict";

/** @type {import("./feature.mjs").Feature[]} */
export const namespaces = [
  {
    name: "dynamic namespaces: apart from each other, there while somebody is in them",
    run: async (stage) => {
      const server = await stage.server();
      // What it prints comes after what it sends, perhaps.
      const asked = async (/** @type {number} */ count) => {
        await server.event("asked", count);
        return server.events("asked").map(([, name]) => name);
      };
      const join = (/** @type {string} */ path) => stage.connect(server, { namespaces: [path] });
      const one = await join("/dynamic-1");
      const [other, two] = await Promise.all([join("/dynamic-1"), join("/dynamic-2")]);
      assert.deepEqual(await asked(2), ["/dynamic-1", "/dynamic-2"], "it is made once");
      const [{ namespace }] = await one.call("handshake");
      assert.equal(namespace, "/dynamic-1");
      await one.call("say", { text: "to all others of it" });
      assert.deepEqual(await other.event("said"), ["to all others of it"]);
      assert.deepEqual(await two.call("echo", "and"), ["and"]);
      assert.deepEqual(two.events("said"), []);
      for (const peer of [one, other]) {
        peer.leave();
        await server.ending(peer.id);
      }
      const again = await join("/dynamic-1");
      assert.deepEqual((await asked(3)).slice(2), ["/dynamic-1"], "it was removed");
      assert.deepEqual(await again.call("echo", "again"), ["again"]);
    },
  },
  {
    name: "no dynamic namespace of that name: connect_error",
    run: async (stage) => {
      const server = await stage.server();
      const peer = await stage.open(server, { namespaces: ["/static"] });
      const [message] = await peer.event("*connect_error");
      assert.equal(message, "Invalid namespace");
      assert.deepEqual(await server.event("asked"), ["/static"]);
    },
  },
];
