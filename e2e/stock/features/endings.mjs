// @ts-check
// Why connections end, as both sides see it; and who comes back.
import assert from "node:assert/strict";
import { node31, node40 } from "../drivers/node.mjs";
import { pythonAsync, pythonSync } from "../drivers/python.mjs";

const once = { reconnection: false };

/** A frame with an opcode that there is not. */
const noFrame = Buffer.from([0x8f, 0x00]);
/** A text frame with a packet that there is not: `4abc`; a client's is masked, with zeros here. */
const noPacket = Buffer.from("\x81\x044abc", "latin1");
const noPacketMasked = Buffer.from("\x81\x84\0\0\0\x004abc", "latin1");

/** What one side sees of a connection that was cut while nothing was being said. */
const cutReason = (/** @type {string} */ way) =>
  way === "polling" ? "transport error" : "transport close";

/** @param {import("../stage.mjs").Stage} stage */
const inPython = ({ driver }) => driver === pythonSync || driver === pythonAsync;

/** @type {import("./feature.mjs").Feature[]} */
export const endings = [
  {
    name: "the server disconnects a socket",
    run: async (stage) => {
      const server = await stage.server();
      const peers = await Promise.all([stage.connect(server), stage.connect(server)]);
      for (const [at, close] of [true, false].entries()) {
        peers[at].emit("end", close);
        await stage.ended(peers[at], "io server disconnect");
        assert.equal(await server.ending(peers[at].id), "server namespace disconnect");
      }
    },
  },
  {
    name: "the server disconnects a socket with a last event",
    run: async (stage) => {
      const server = await stage.server();
      const peer = await stage.connect(server);
      peer.emit("end with", { code: "kicked" });
      await stage.ended(peer, "io server disconnect");
      assert.deepEqual(await peer.event("last"), [{ code: "kicked" }]);
      assert.equal(await server.ending(peer.id), "server namespace disconnect");
    },
  },
  {
    name: "the client disconnects",
    run: async (stage) => {
      const server = await stage.server();
      const peer = await stage.connect(server);
      peer.leave();
      await stage.ended(peer, "io client disconnect");
      const reason = await server.ending(peer.id);
      // In Python it may close its WebSocket before it has sent the DISCONNECT.
      const isHasty = inPython(stage) && stage.way !== "polling";
      if (!isHasty || reason !== "transport close") {
        assert.equal(reason, "client namespace disconnect");
      }
    },
  },
  {
    name: "the server closes the session; the client comes back",
    run: async (stage) => {
      const server = await stage.server();
      const peer = await stage.connect(server);
      const { id } = peer;
      peer.emit("close");
      await stage.ended(peer, "transport close");
      assert.equal(await server.ending(id), "forced close");
      // In Python it takes the end of a polling session as final.
      if (inPython(stage) && stage.way === "polling") return;
      await peer.event("*connect", 2);
      assert.notEqual(peer.id, id);
      assert.deepEqual(await peer.call("echo", "back"), ["back"]);
    },
  },
  {
    name: "the connection is cut; the client comes back",
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy);
      const { id } = peer;
      await proxy.held();
      await server.settled();
      proxy.cut();
      await stage.ended(peer, cutReason(stage.way));
      assert.equal(await server.ending(id), cutReason(stage.way));
      proxy.heal();
      await peer.event("*connect", 2);
      assert.deepEqual(await peer.call("echo", "back"), ["back"]);
    },
  },
  {
    name: "nothing passes any more: ping timeout on both sides",
    run: async (stage) => {
      const server = await stage.impatientServer();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      proxy.stall();
      assert.equal(await server.ending(peer.id), "ping timeout");
      // In Python it waits for longer: for the timeout of its HTTP request.
      if (inPython(stage) && stage.way === "polling") proxy.cut();
      await stage.ended(peer, "ping timeout");
    },
  },
  {
    name: "the server gets what is no frame: transport error",
    ways: ["websocket", "upgrade"],
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      proxy.injectToServer(noFrame);
      assert.equal(await server.ending(peer.id), "transport error");
      await stage.ended(peer, "transport close");
    },
  },
  {
    name: "the client gets what is no frame: transport error",
    ways: ["websocket", "upgrade"],
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      proxy.injectToClient(noFrame);
      await stage.ended(peer, "transport error");
      // The sync client forgets its WebSocket without closing it.
      if (stage.driver === pythonSync) return;
      assert.equal(await server.ending(peer.id), "transport close");
    },
  },
  {
    name: "the server gets what is no packet: parse error",
    ways: ["websocket", "upgrade"],
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      proxy.injectToServer(noPacketMasked);
      assert.equal(await server.ending(peer.id), "parse error");
      await stage.ended(peer, "transport close");
    },
  },
  {
    name: "the client gets what is no packet: parse error",
    ways: ["websocket", "upgrade"],
    except: Object.fromEntries(
      [node40, node31, pythonSync, pythonAsync].map(({ name }) => [
        name,
        "throws an error that nobody can catch, and stays connected",
      ]),
    ),
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      proxy.injectToClient(noPacket);
      await stage.ended(peer, "parse error");
      assert.equal(await server.ending(peer.id), "transport close");
    },
  },
  {
    name: "the client sends more than the server takes",
    run: async (stage) => {
      const server = await stage.server({ MAX_PAYLOAD: "10000" });
      const peer = await stage.connect(server, once);
      peer.emit("echo", "x".repeat(20_000));
      assert.equal(await server.ending(peer.id), "transport error");
      if (stage.way === "polling") {
        // The answer to its POST is an error, and its poll is told that the session ends: what it
        // reads first decides.
        await stage.ended(peer, "transport error", "transport close");
      } else {
        await stage.ended(peer, "transport close");
      }
    },
  },
  {
    name: "the server shuts down",
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const peer = await stage.connect(proxy, once);
      await proxy.held();
      await server.settled();
      await server.stop();
      await stage.ended(peer, "transport close");
      assert.equal(await server.ending(peer.id), "server shutting down");
    },
  },
];
