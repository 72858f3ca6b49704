// @ts-check
import assert from "node:assert/strict";
import { chromium48, chromiumMsgpack48 } from "../drivers/chromium.mjs";
import { msgpack48, node31, node40, node48 } from "../drivers/node.mjs";
import { pythonAsync, pythonSync } from "../drivers/python.mjs";

/** @type {import("./feature.mjs").Feature[]} */
export const connecting = [
  {
    name: "connect, with auth",
    run: async (stage) => {
      const peer = await stage.connect(await stage.server(), { auth: { token: "1" } });
      assert.deepEqual(await peer.event("welcome"), [{ token: "1" }]);
      const [seen] = await peer.call("handshake");
      assert.equal(seen.id, peer.id, "the id");
    },
  },
  {
    name: "handshake: url, headers, query, address, time, auth",
    run: async (stage) => {
      const headers = { "X-Stock": "yes" };
      const options = { headers, query: "?stock=4.8%20%C3%B1", auth: { token: "1" } };
      const peer = await stage.connect(await stage.server(), options);
      const [{ header, query, url, address, secure, age, auth }] = await peer.call("handshake");
      // A page's WebSocket takes no headers.
      const inPage = stage.driver === chromium48 || stage.driver === chromiumMsgpack48;
      const hasHeader = !inPage || stage.way !== "websocket";
      assert.deepEqual(
        { header, query, address, secure, auth },
        {
          header: hasHeader ? "yes" : null,
          query: "4.8 ñ",
          address: "127.0.0.1",
          secure: false,
          auth: { token: "1" },
        },
      );
      assert.match(url, /^\/socket\.io\/\?.*EIO=4/);
      assert.ok(age < 60, `${age} s ago`);
    },
  },
  {
    name: "handshake: a page of another origin",
    except: Object.fromEntries(
      [node48, msgpack48, node40, node31, pythonSync, pythonAsync].map(({ name }) => [
        name,
        "is no browser",
      ]),
    ),
    // What a page asks its own server by polling, it asks without naming itself.
    ways: ["polling", "websocket"],
    run: async (stage) => {
      const peer = await stage.connect(await stage.server());
      const [seen] = await peer.call("handshake");
      assert.equal(seen["cross domain"], stage.way === "websocket");
    },
  },
  {
    name: "refused: connect_error with message and data",
    run: async (stage) => {
      const options = { namespaces: ["/guarded"], auth: { token: "wrong" } };
      const peer = await stage.open(await stage.server(), options);
      const data = { code: "token_invalid", token: "wrong" };
      assert.deepEqual(await peer.event("*connect_error"), ["not authorized", data]);
      assert.deepEqual(peer.events("*connect"), []);
    },
  },
  {
    name: "accepted by a namespace that asks for a token",
    run: async (stage) => {
      const options = { namespaces: ["/guarded"], auth: { token: "secret" } };
      const peer = await stage.connect(await stage.server(), options);
      assert.deepEqual(await peer.call("echo", 1), [1]);
    },
  },
  {
    name: "refused with a last event and a disconnect",
    except: Object.fromEntries(
      [pythonSync, pythonAsync].map(({ name }) => [
        name,
        "ignores a DISCONNECT that comes together with the CONNECT reply",
      ]),
    ),
    run: async (stage) => {
      const peer = await stage.open(await stage.server(), { namespaces: ["/farewell"] });
      await stage.ended(peer, "io server disconnect");
      assert.deepEqual(await peer.event("last"), [{ code: "token_expired" }]);
    },
  },
  {
    name: "unknown namespace: connect_error",
    run: async (stage) => {
      const peer = await stage.open(await stage.server(), { namespaces: ["/nowhere"] });
      const [message] = await peer.event("*connect_error");
      assert.equal(message, "Invalid namespace");
    },
  },
  {
    name: "namespaces over one connection, apart from each other",
    run: async (stage) => {
      const server = await stage.server();
      const namespaces = ["/", "/custom"];
      const [root, custom] = await stage.connectAll(server, { namespaces });
      const other = await stage.connect(server, { namespaces: ["/custom"] });
      assert.notEqual(root.id, custom.id);
      assert.deepEqual(await root.call("echo", "root"), ["root"]);
      const [{ namespace }] = await custom.call("handshake");
      assert.equal(namespace, "/custom");
      await other.call("say", { text: "to all of the namespace" });
      assert.deepEqual(await custom.event("said"), ["to all of the namespace"]);
      custom.emit("end", false);
      await stage.ended(custom, "io server disconnect");
      assert.deepEqual(await root.call("echo", "still"), ["still"]);
      assert.deepEqual(root.events("said"), []);
    },
  },
  {
    name: "refused by one namespace, connected to another",
    except: Object.fromEntries(
      [pythonSync, pythonAsync].map(({ name }) => [
        name,
        "gives up all namespaces when one refuses it",
      ]),
    ),
    run: async (stage) => {
      const namespaces = ["/", "/guarded"];
      const [root, guarded] = await stage.openAll(await stage.server(), { namespaces });
      await guarded.event("*connect_error");
      await root.event("*connect");
      assert.deepEqual(await root.call("echo", "here"), ["here"]);
      assert.deepEqual(guarded.events("*connect"), []);
    },
  },
];
