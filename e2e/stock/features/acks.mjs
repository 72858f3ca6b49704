// @ts-check
import assert from "node:assert/strict";

/** @type {import("./feature.mjs").Feature[]} */
export const acks = [
  {
    name: "acks of the server, with any arguments",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const args = [1, "2", { 3: Buffer.from([1, 2]) }, [Buffer.from([3])]];
      assert.deepEqual(await peer.call("echo", ...args), args);
      assert.deepEqual(await peer.call("echo"), []);
    },
  },
  {
    name: "100 acks at a time",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const numbers = Array.from({ length: 100 }, (_, number) => number);
      const answers = await Promise.all(numbers.map((number) => peer.call("echo", number)));
      assert.deepEqual(answers.flat(), numbers);
    },
  },
  {
    name: "acks of the client",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const answers = ["text", { a: [1] }, Buffer.from([1, 2, 3])];
      for (const [at, answer] of answers.entries()) {
        peer.emit("ask", answer, "and more");
        assert.deepEqual(await peer.event("answered", at + 1), [answer]);
        assert.deepEqual(peer.events("question")[at].slice(1), [answer, "and more"]);
      }
    },
  },
  {
    name: "50 acks of the client at a time",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      peer.emit("ask many", 50);
      const numbers = Array.from({ length: 50 }, (_, number) => number);
      assert.deepEqual(await peer.event("answered"), [numbers]);
    },
  },
  {
    name: "acks of all, and who does not answer in time",
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const [ada, , eve] = await Promise.all([server, server, proxy].map((to) => stage.connect(to)));
      const bytes = Buffer.from([1, 2, 3]);
      ada.emit("ask all", 10_000, bytes);
      assert.deepEqual(await ada.event("all answered"), [[bytes, bytes, bytes], [], 0]);
      await proxy.held();
      proxy.stall();
      ada.emit("ask all", 2_000, "there?");
      assert.deepEqual(await ada.event("all answered", 2), [["there?", "there?"], [eve.id], 0]);
      proxy.heal();
    },
  },
];
