// @ts-check
import { connect, transports } from "../harness/client.mjs";
import { within } from "../harness/deadline.mjs";
import { Said } from "./said.mjs";

/** How long something may take to be said at last. */
const PATIENCE_MS = 60_000;

/**
 * A user whose stock client sends everything again until it is acked. What this gives says something,
 * and when that is done.
 * @param {Parameters<typeof connect>[0]} t
 * @param {import("../harness/server.mjs").Server} server
 */
export async function insist(t, server, room = "lobby") {
  const user = await server.register();
  const client = await connect(t, server.url, user.token, {
    transports: transports.websocket,
    reconnectionDelayMax: 500,
    retries: 1_000,
    ackTimeout: 300,
  });
  return (/** @type {string} */ text) => {
    const said = new Said(text, user, room, true);
    const acked = new Promise((resolve, reject) => {
      client.socket.emit(...said.event(), (/** @type {Error | null} */ error, /** @type {any} */ answer) => {
        if (error !== null) return reject(error);
        said.answered(answer);
        resolve(undefined);
      });
    });
    return { said, isDone: within(acked, `the ack of ${text}`, PATIENCE_MS) };
  };
}
