// @ts-check
// The parsers that stock clients bring along.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const broughtBy = (/** @type {string} */ client) => createRequire(require.resolve(client));

/** @typedef {typeof import("socket.io-parser")} SocketIoParser */
/** @typedef {typeof import("engine.io-parser")} EngineIoParser */

/** @type {SocketIoParser} 4.2 */
export const current = broughtBy("socket.io-client")("socket.io-parser");

/** @type {SocketIoParser} 4.0, of the clients 3.1 and 4.0 */
export const old = broughtBy("socket.io-client-3.1")("socket.io-parser");

/** @type {EngineIoParser} 5 */
export const currentEngine = broughtBy("engine.io-client")("engine.io-parser");

/** @type {EngineIoParser} 4, of the clients 3.1 and 4.0 */
export const oldEngine = broughtBy("socket.io-client-3.1")("engine.io-parser");

/** Of every client that is told to use it, and what it is made of. */
export const msgpack = require("socket.io-msgpack-parser");
export const notepack = broughtBy("socket.io-msgpack-parser")("notepack.io");

/**
 * The same for MessagePack, of which a packet is one message.
 * @param {Buffer} message
 * @returns {{ type: number, nsp: string, id?: number, data?: any } | null}
 */
export function decodeMsgPack(message) {
  let decoded = null;
  const decoder = new msgpack.Decoder();
  decoder.on("decoded", (/** @type {any} */ packet) => (decoded = packet));
  try {
    decoder.add(message);
  } catch {
    return null;
  }
  return decoded;
}

/**
 * What a parser makes of a text and the attachments that follow it; `null` if it refuses them. As
 * many are taken as the packet asks for.
 * @param {SocketIoParser} parser
 * @param {string} text
 * @param {Buffer[]} attachments
 * @returns {{ type: number, nsp: string, id?: number, data?: any } | null}
 */
export function decode(parser, text, attachments) {
  let decoded = null;
  const decoder = new parser.Decoder();
  decoder.on("decoded", (packet) => (decoded = packet));
  try {
    decoder.add(text);
    for (let at = 0; decoded === null && at < attachments.length; at++) decoder.add(attachments[at]);
  } catch {
    return null;
  }
  return decoded;
}
