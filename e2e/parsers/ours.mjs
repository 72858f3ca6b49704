// @ts-check
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { binaries } from "../harness/process.mjs";

/**
 * A packet as our decoder sees it.
 * @typedef {object} Packet
 * @property {"CONNECT" | "DISCONNECT" | "EVENT" | "ACK"} kind
 * @property {string} namespace
 * @property {number | null} id
 * @property {string | null} name
 * @property {string | null} json the payload of CONNECT, or the arguments
 * @property {number} attachments how many are still to come
 * @property {string[]} binaries those that have come, in base64
 * @property {string} again the same packet as we write it: its text, or all of it in base64
 */

/**
 * A long-polling payload as our decoder sees it.
 * @typedef {object} Payload
 * @property {{ kind: string, text: string | null, base64: string | null }[]} packets
 * @property {string} again
 */

/**
 * What our decoders make of texts, `null` where they refuse one.
 * @param {"packet" | "payload" | "msgpack"} what
 * @param {string[]} texts
 */
function decode(what, texts) {
  const input = texts.map((text) => `${JSON.stringify([what, text])}\n`).join("");
  const options = { input, encoding: /** @type {const} */ ("utf8"), maxBuffer: 1 << 28 };
  const lines = execFileSync(join(binaries, "decode"), options).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** @type {(texts: string[]) => (Packet | null)[]} */
export const decodePackets = (texts) => decode("packet", texts);

/** @param {Buffer[]} messages @returns {(Packet | null)[]} */
export const decodeMsgPack = (messages) =>
  decode("msgpack", messages.map((message) => message.toString("base64")));

/** @type {(texts: string[]) => (Payload | null)[]} */
export const decodePayloads = (texts) => decode("payload", texts);
