// @ts-check
import assert from "node:assert/strict";

const bytes = (/** @type {number[]} */ ...values) => Buffer.from(values);

const THOUSAND = Array.from({ length: 1000 }, (_, number) => number);

/** @type {import("./feature.mjs").Feature[]} */
export const events = [
  {
    name: "events with any number of arguments",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const args = [1, "2", { 3: [true, null] }, -1.5, [], {}];
      peer.emit("echo", ...args);
      assert.deepEqual(await peer.event("echo"), args);
      peer.emit("echo");
      assert.deepEqual(await peer.event("echo", 2), []);
    },
  },
  {
    name: "binary inside structures",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const args = [bytes(1, 2, 3), { a: [bytes(4), { b: bytes(0, 255) }], c: "d" }, bytes(7, 7)];
      peer.emit("echo", ...args);
      assert.deepEqual(await peer.event("echo"), args);
      peer.emit("picture", { name: "p", data: bytes(1, 2, 3), thumbnails: [bytes(4), bytes(5)] });
      assert.deepEqual(await peer.event("picture"), [
        { name: "p", data: bytes(3, 2, 1), thumbnails: [bytes(4), bytes(5)] },
      ]);
    },
  },
  {
    name: "unicode",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const text = 'ñandú 漢字 🎉 \u2028 \u0000 \u001e " \\ \uffff e\u0301';
      peer.emit("echo", text, { [text]: text });
      assert.deepEqual(await peer.event("echo"), [text, { [text]: text }]);
    },
  },
  {
    name: "large payloads, both ways",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const text = "€".repeat(100_000);
      const blob = Buffer.alloc(500_000, "binary");
      assert.deepEqual(await peer.call("echo", text), [text]);
      const [same] = await peer.call("echo", blob);
      assert.ok(blob.equals(same));
      peer.emit("large", 3_000_000);
      assert.deepEqual(await peer.event("large"), ["x".repeat(3_000_000)]);
    },
  },
  {
    name: "order of 1,000 events from the server, upgrade or not",
    run: async (stage) => {
      const peer = await stage.open(await stage.server());
      await peer.event("*connect");
      peer.emit("count", 1000);
      await peer.event("number", 1000);
      const numbers = peer.events("number").map(([, number]) => number);
      assert.deepEqual(stage.inOrder(numbers), THOUSAND);
    },
  },
  {
    name: "order of 1,000 events from the client, upgrade or not",
    run: async (stage) => {
      const peer = await stage.open(await stage.server());
      await peer.event("*connect");
      for (const number of THOUSAND) peer.emit("echo", number);
      await peer.event("echo", 1000);
      const numbers = peer.events("echo").map(([, number]) => number);
      assert.deepEqual(stage.inOrder(numbers), THOUSAND);
    },
  },
  {
    name: "arguments that a handler does not take; events without a handler",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      peer.emit("join", { not: "a name" });
      const [message] = await peer.event("invalid");
      assert.match(message, /expected a string/);
      peer.emit("nobody handles this", 1);
      assert.deepEqual(await peer.call("echo", "next"), ["next"]);
    },
  },
];
