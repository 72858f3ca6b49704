// @ts-check
// Connection state recovery: https://socket.io/docs/v4/connection-state-recovery
import assert from "node:assert/strict";
import { node31, node40 } from "../drivers/node.mjs";
import { pythonAsync, pythonSync } from "../drivers/python.mjs";

const options = { namespaces: ["/recoverable"] };

/** Clients that came before it, and those in Python. */
const except = Object.fromEntries(
  [node40, node31, pythonSync, pythonAsync].map(({ name }) => [name, "knows no recovery"]),
);

/** @type {import("./feature.mjs").Feature[]} */
export const recovery = [
  {
    name: "recovery: the same socket with its rooms, and what it missed, again and again",
    except,
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const [ada, bob] = await Promise.all([stage.connect(proxy, options), stage.connect(server, options)]);
      const { id } = ada;
      await ada.call("join", "red");
      /** @type {unknown[]} */
      const expected = [];
      const say = async (/** @type {unknown} */ text, /** @type {string[]} */ ...to) => {
        await bob.call("say", { text, to });
        if (!to.includes("blue")) expected.push(text);
      };
      await say("before");
      for (const round of [1, 2, 3]) {
        await ada.event("said", expected.length);
        await proxy.held();
        await server.settled();
        proxy.cut();
        await ada.event("*disconnect", round);
        await say({ round }, "red");
        await say("not for her", "blue");
        await say(`for her alone, ${round}`, id);
        await say(["for all", round]);
        proxy.heal();
        await ada.event("*connect", round + 1);
        assert.equal(ada.id, id);
        if (stage.way === "upgrade") await ada.event("*upgrade", round + 1);
        await ada.call("echo");
        await say("in her room again", "red");
      }
      await ada.event("said", expected.length);
      const said = ada.events("said").map(([, text]) => text);
      assert.deepEqual(said, expected);
      assert.ok(ada.events("said").every(([, , offset]) => typeof offset === "string"), "offsets");
    },
  },
  {
    name: "recovery: none where it is off",
    except,
    run: async (stage) => {
      const server = await stage.server();
      const proxy = await stage.proxy(server);
      const plain = await stage.connect(proxy);
      const { id } = plain;
      await proxy.held();
      await server.settled();
      proxy.cut();
      await plain.event("*disconnect");
      proxy.heal();
      await plain.event("*connect", 2);
      assert.notEqual(plain.id, id);
    },
  },
];
