// @ts-check
import { current } from "./theirs.mjs";

/** @typedef {import("../harness/random.mjs").Random} Random */
/** @typedef {import("socket.io-parser").Packet} Packet */

const { PacketType } = current;

const TEXTS = ["", "a", "message", "é€😀", 'quo"te', "back\\slash", "\n\t\u0000", "[{,:}]", "/,?", "\u2028"];
const NAMES = [...TEXTS, "project:delete", "\u{1f600}", "constructor", "5", "__proto__ "];
const KEYS = ["a", "b", "", "é", "num", "_placeholder?", 'q"', "length"];
const NUMBERS = [0, 1, -1, 0.5, 1e21, 1e-7, -123456789, Number.MAX_SAFE_INTEGER, 5e-324];
const NAMESPACES = ["/", "/", "/admin", "/a/b", "/é-1", "/a.b_c", "/0"];

/**
 * A value as applications emit them.
 * @param {Random} random
 * @param {number} depth
 * @param {boolean} withBinary
 * @returns {unknown}
 */
function value(random, depth, withBinary) {
  const inner = () => value(random, depth - 1, withBinary);
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return random.choice([null, true, false]);
    case 1:
      return random.choice(NUMBERS);
    case 2:
    case 3:
      return random.choice(TEXTS);
    case 4:
      return withBinary ? Buffer.from(random.several(5, () => random.below(256))) : "half \ud800";
    case 5:
      return random.several(3, inner);
    default:
      return Object.fromEntries(random.several(3, () => [random.choice(KEYS), inner()]));
  }
}

/** @param {Random} random */
const id = (random) => random.choice([0, 1, 9, 10, 456, Number.MAX_SAFE_INTEGER]);

/**
 * A packet that a stock client could send.
 * @param {Random} random
 * @returns {Packet}
 */
export function packet(random) {
  const nsp = random.choice(NAMESPACES);
  const args = (/** @type {boolean} */ withBinary) =>
    random.several(3, () => value(random, 3, withBinary));
  switch (random.below(8)) {
    case 0:
      return { type: PacketType.CONNECT, nsp, data: random.choice([undefined, { token: "é" }, {}]) };
    case 1:
      return { type: PacketType.DISCONNECT, nsp, data: undefined };
    case 2:
    case 3:
      return { type: PacketType.ACK, nsp, id: id(random), data: args(random.below(2) === 0) };
    default: {
      const data = [random.choice(NAMES), ...args(random.below(2) === 0)];
      return { type: PacketType.EVENT, nsp, id: random.choice([undefined, id(random)]), data };
    }
  }
}

const PARTS = /[[\]{}:,"/\-?\\ ]|[^[\]{}:,"/\-?\\ ]+/g;

const PACKET_WORDS = [
  "0", "1", "2", "3", "4", "5", "6", "7", "51-", "50-", "5 1-", "510-", "511-", "/", "/a,", "/a?b=c,", ",",
  "12", "9007199254740991", "9007199254740992", "-", "[]", "{}", "[", "]", "{", "}", '"', '"a"', '""', "\\",
  "\\u0061", "\\ud83d\\ude00", "\\ud800", "null", "true", "1e5", "-0", "0.5", "1e999", "01", " ", "\n",
  "\u00a0", "\ufeff", "€", "[".repeat(30), "]".repeat(30), '{"_placeholder":true,"num":0}',
  '"_placeholder"', '"num"', '"connect"', '"disconnecting"', '"newListener"', '["a",{"b":1}]', "?",
];

const PAYLOAD_WORDS = [
  "\x1e", "\x1e", "0", "1", "2", "2probe", "3", "3probe", "4", "4€", "5", "6", "7", "b", "b=", "bAA==", "bAAE=",
  "bAAF=", "bAQIDBA==", "bAQ", "b-_==", "40{}", '42["a"]', "\ufeff", "\0", " ",
];

/**
 * Another text like this one, mostly a wrong one.
 * @param {Random} random
 * @param {string} text
 * @param {string[]} words
 */
function mutate(random, text, words) {
  const parts = text.match(PARTS) ?? [];
  for (let times = random.below(3); times >= 0; times--) {
    const at = random.below(parts.length + 1);
    const count = random.below(3);
    const word = random.choice(words);
    switch (random.below(5)) {
      case 0:
        parts.splice(at, count);
        break;
      case 1:
        parts.splice(at, 0, ...parts.slice(at, at + count));
        break;
      case 2:
        parts.splice(at, 1, word);
        break;
      default:
        parts.splice(at, 0, word);
    }
  }
  return parts.join("").toWellFormed();
}

/** @param {Random} random @param {string} text */
export const mutatePacket = (random, text) => mutate(random, text, PACKET_WORDS);

/** @param {Random} random @param {string} text */
export const mutatePayload = (random, text) => mutate(random, text, PAYLOAD_WORDS);

/** What only MessagePack can say. @param {Random} random */
export function oddValue(random) {
  return random.choice([
    new Date(1_700_000_000_123),
    new Date(-1),
    undefined,
    { a: undefined, b: [undefined], c: new Date(0) },
    NaN,
    -Infinity,
    -0,
    0.1 + 0.2,
    2 ** 53,
    -(2 ** 63),
    new Uint8Array([1, 2, 3]).buffer,
    [Buffer.alloc(300, 7)],
    "x".repeat(300),
  ]);
}

const BYTES = [
  "c0", "c2", "c3", "00", "02", "7f", "ff", "80", "81", "90", "91", "a0", "a3e282ac", "a474797065", "a36e7370",
  "a464617461", "a26964", "ac5f706c616365686f6c646572", "d40000", "d70000018df2530c00", "c70200aabb", "d505aabb",
  "c40101", "cb7ff8000000000000", "ca3dcccccd", "cf0020000000000000", "dcffff", "ddffffffff", "c1",
];

/** Another message like this one, mostly a wrong one. @param {Random} random @param {Buffer} message */
export function mutateBytes(random, message) {
  const at = random.below(message.length + 1);
  const count = random.below(4);
  const word = Buffer.from(random.choice(BYTES), "hex");
  const byte = Buffer.from([random.below(256)]);
  const insert = random.choice([word, word, byte, message.subarray(at, at + count)]);
  const cut = random.choice([0, insert.length, count]);
  return Buffer.concat([message.subarray(0, at), insert, message.subarray(at + cut)]);
}
