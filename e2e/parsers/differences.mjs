// @ts-check
// Where our decoders differ from the npm parsers on purpose. Each is shown by examples.

/** @typedef {NonNullable<ReturnType<typeof import("./theirs.mjs").decode>>} Theirs */

/**
 * What they take and we refuse. A client that sends it is no stock client: those have never
 * written it, and what they would mean by it is nobody's guess.
 * @type {{ what: string, examples: string[], covers: (text: string, theirs: Theirs) => boolean }[]}
 */
export const refusedPackets = [
  {
    what: "nothing, or white space, for the type",
    examples: ["", " ", "\n/admin,"],
    covers: (text) => /^(\s|$)/.test(text),
  },
  {
    what: "an error from a client",
    examples: ['4{"message":"x"}', '4"x"', "4"],
    covers: (_text, { type }) => type === 4,
  },
  {
    what: "an event or an ack without a payload",
    examples: ["2", "3", "3/admin,12", "51-"],
    covers: (_text, { type, data }) => (type === 2 || type === 3) && data === undefined,
  },
  {
    what: "an ack without a number",
    examples: ["3[]", '3/admin,["a"]'],
    covers: (_text, { type, id }) => type === 3 && id === undefined,
  },
  {
    what: "a number where none belongs",
    examples: ["012", "1/admin,7", "03{}"],
    covers: (_text, { type, id }) => type <= 1 && id !== undefined,
  },
  {
    what: "a number that is not exact",
    examples: ['29007199254740992["a"]', "3999999999999999999999999[]"],
    covers: (_text, { id }) => id !== undefined && !Number.isSafeInteger(id),
  },
  {
    what: "white space in a number",
    examples: ['21 2["a"]', "3 []", '2\u00a0["a"]'],
    covers: (text) => HEAD_WITH_SPACE.test(text),
  },
  {
    what: "a count of attachments in another form than digits",
    examples: ['5 1-["a"]', '51.0-["a"]', '50x1-["a"]', '5+1-["a"]'],
    covers: (text) => /^[56](?!\d+-)/.test(text),
  },
  {
    what: "deeper nesting than the bound",
    examples: [`2["a",${"[".repeat(40)}${"]".repeat(40)}]`],
    covers: (_text, { data }) => depth(data) > 32,
  },
  {
    what: "a placeholder whose number JavaScript would write otherwise, or inside another one",
    examples: [
      '51-["a",{"_placeholder":true,"num":0.0}]',
      '51-["a",{"_placeholder":true,"num":-0}]',
      '51-["a",{"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":7}}]',
    ],
    covers: (text) => /^[56]/.test(text) && text.includes("_placeholder"),
  },
  {
    what: "an event whose name is no text",
    examples: ['2["\\ud800"]'],
    covers: (_text, { data }) => typeof data?.[0] === "string" && !data[0].isWellFormed(),
  },
];

/**
 * What both take, and see differently.
 * @type {{ what: string, examples: string[], covers: (text: string, theirs: Theirs) => boolean }[]}
 */
export const seenOtherwise = [
  {
    what: "a query behind a namespace, which is no part of its name",
    examples: ["0/admin?token=1,", '2/admin?token=1,["a"]'],
    covers: (_text, { nsp }) => nsp.includes("?"),
  },
  {
    what: "a number for a name is its digits",
    examples: ["2[1.0]", "2[1e5]", "2[-0]"],
    covers: (_text, { data }) => typeof data?.[0] === "number",
  },
  {
    what: "white space before a payload, which they take for the number 0",
    examples: ['2 ["a"]', '2/admin,\n["a"]'],
    covers: (text) => HEAD_WITH_SPACE.test(text),
  },
];

/** The type, the attachments, the namespace and the number, with white space in the last. */
const HEAD_WITH_SPACE = /^[0-6]([^-/]*-)?(\/[^,]*,)?\d*\s/;

/** @param {unknown} data @returns {number} */
function depth(data) {
  if (typeof data !== "object" || data === null || Buffer.isBuffer(data)) return 0;
  return 1 + Math.max(0, ...Object.values(data).map(depth));
}

/**
 * The same for single packets of a payload, of which one is enough for us to refuse it.
 * @type {{ what: string, examples: string[], covers: (part: string) => boolean }[]}
 */
export const refusedPayloads = [
  {
    what: "what only servers send",
    examples: ["0", '0{"sid":"x"}', "2", "2x"],
    covers: (part) => /^[02]/.test(part),
  },
  {
    what: "a probe, which belongs on a WebSocket",
    examples: ["2probe"],
    covers: (part) => part === "2probe",
  },
  {
    what: "packets with data that have none",
    examples: ["1x", "5x", "6x"],
    covers: (part) => /^[156]./s.test(part),
  },
  {
    what: "base64 that no encoder writes",
    examples: ["b!", "bAQ", "bAR==", "bA QI=", "b-_=="],
    covers: (part) =>
      part.startsWith("b") && Buffer.from(part.slice(1), "base64").toString("base64") !== part.slice(1),
  },
];

/**
 * What we take and the msgpack parser refuses: `null` for data or a number, and what is `null` in
 * JSON, is none. So Python's client writes a packet without data.
 * @param {{ data?: unknown, id?: unknown }} packet as JSON
 */
export const nullIsNothing = ({ data, id }) => data === null || id === null;

const UNDEFINED = Buffer.from("d40000", "hex");

/**
 * What we see otherwise: a key that comes twice, and is `undefined` the second time, keeps for us
 * what it was.
 * @param {Buffer} message
 */
export function isUndefinedLater(message) {
  for (let at = message.indexOf(UNDEFINED); at > 0; at = message.indexOf(UNDEFINED, at + 1)) {
    for (let length = 1; length <= Math.min(at, 32); length++) {
      const key = message.subarray(at - length, at);
      const isText = key[0] === 0xa0 + length - 1;
      if (isText && message.indexOf(key) < at - length) return true;
    }
  }
  return false;
}
