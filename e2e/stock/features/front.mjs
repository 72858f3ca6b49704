// @ts-check
import assert from "node:assert/strict";

const handshake = "/socket.io/?EIO=4&transport=polling";

/** @type {import("./feature.mjs").Feature[]} */
export const front = [
  {
    name: "allow_request: refused without a session, or let in",
    run: async (stage) => {
      const server = await stage.server({ ALLOW: "friend" });
      const stranger = await stage.open(server, { query: "?stock=stranger", reconnection: false });
      await stranger.event("*connect_error");
      assert.deepEqual(stranger.events("*connect"), []);
      const friend = await stage.connect(server, { query: "?stock=friend" });
      assert.deepEqual(await friend.call("echo", 1), [1]);
      const answer = await fetch(server.url + handshake);
      assert.equal(answer.status, 403);
      assert.deepEqual(await answer.json(), { code: 4, message: "Forbidden" });
    },
  },
  {
    name: "a cookie with the handshake",
    run: async (stage) => {
      const server = await stage.server({ COOKIE: "io" });
      const peer = await stage.connect(server);
      assert.deepEqual(await peer.call("echo", 1), [1]);
      const answer = await fetch(server.url + handshake);
      const { sid } = JSON.parse((await answer.text()).slice(1));
      const cookie = `io=${sid}; Path=/; HttpOnly; SameSite=Lax`;
      assert.deepEqual(answer.headers.getSetCookie(), [cookie]);
      const polled = await fetch(`${server.url}${handshake}&sid=${sid}`, { method: "POST", body: "1" });
      assert.deepEqual(polled.headers.getSetCookie(), []);
    },
  },
  {
    name: "polling is compressed for those who accept it",
    ways: ["polling"],
    run: async (stage) => {
      const proxy = await stage.proxy(await stage.server());
      const peer = await stage.connect(proxy);
      const before = proxy.bytesToClients;
      peer.emit("large", 200_000);
      const [text] = await peer.event("large");
      assert.equal(text, "x".repeat(200_000));
      const sent = proxy.bytesToClients - before;
      // Node's clients ask for no compression over polling.
      const accepts = !stage.driver.name.includes("Node");
      assert.equal(sent < 20_000, accepts, `${sent} bytes`);
    },
  },
];
