// @ts-check
// Packets as the npm parsers encode them, for the tests of crates/socketio/src/msgpack.
// `node stock/vectors.mjs` writes them anew.
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Encoder as MsgPackEncoder } from "socket.io-msgpack-parser";
import { Encoder, PacketType } from "socket.io-parser";

export const file = new URL("../../crates/socketio/src/msgpack/vectors.json", import.meta.url);

const bytes = (/** @type {number[]} */ ...values) => Buffer.from(values);
const zeros = (/** @type {number} */ length) => Buffer.alloc(length);
const objectOf = (/** @type {number} */ keys) =>
  Object.fromEntries(Array.from({ length: keys }, (_, key) => [`k${key}`, { key }]));
const { CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR } = PacketType;

/** Packets that either side may send, with keys in the order in which Tertulia writes them. */
const both = {
  "event": { type: EVENT, nsp: "/", data: ["foo"] },
  "event with arguments": { type: EVENT, nsp: "/admin", data: ["a b", 1, "2", null, true, false] },
  "event with an ack": { type: EVENT, nsp: "/admin", id: 300, data: ["foo", { a: [1], b: {} }] },
  "ack": { type: ACK, nsp: "/", id: 0, data: [] },
  "ack with arguments": { type: ACK, nsp: "/admin", id: 2 ** 53 - 1, data: [["x"], { y: -1 }] },
  "order of keys": { type: EVENT, nsp: "/", data: ["k", { z: 1, a: 2, m: { c: 1, b: 2 }, "": 3 }] },
  "integers": {
    type: EVENT,
    nsp: "/",
    data: ["i", 0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1],
  },
  "negative integers": {
    type: EVENT,
    nsp: "/",
    data: ["n", -1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, 1 - 2 ** 53],
  },
  "fractions": { type: EVENT, nsp: "/", data: ["f", 0.5, -0.1, 1 / 3, 1e-7, 5e-324, -1.5e-300] },
  "text": {
    type: EVENT,
    nsp: "/",
    data: ["ñ", "", "漢字 🎉 \u2028\u0000\u001e\"\\/\n", "x".repeat(31), "x".repeat(32), "é".repeat(200)],
  },
  "long text": { type: EVENT, nsp: "/", data: ["t", "x".repeat(255), "y".repeat(256)] },
  "long arrays": {
    type: EVENT,
    nsp: "/",
    data: ["l", Array(15).fill(0), Array(16).fill([]), Array(256).fill(1)],
  },
  "large objects": {
    type: EVENT,
    nsp: "/",
    data: ["o", objectOf(15), objectOf(16)],
  },
  "binary": { type: EVENT, nsp: "/", data: ["b", bytes(1, 2, 3, 4)] },
  "binary inside": {
    type: ACK,
    nsp: "/",
    id: 7,
    data: [bytes(), { a: [bytes(1), { b: bytes(0, 255) }], c: "d" }, "e", bytes(7, 7)],
  },
  "long binary": { type: EVENT, nsp: "/", data: ["b", zeros(255), zeros(256)] },
  "placeholders of nothing": { type: EVENT, nsp: "/", data: ["p", { _placeholder: true, num: 0 }] },
  "nested": { type: EVENT, nsp: "/", data: ["d", [[[[[[[[[[]]]]]]]]]]] },
  "disconnect": { type: DISCONNECT, nsp: "/admin" },
};

/** What only a server sends. */
const server = {
  "connect reply": { type: CONNECT, nsp: "/", data: { sid: "j4JiE888f3Ra_KPQAAAA" } },
  "connect reply with a pid": {
    type: CONNECT,
    nsp: "/admin",
    data: { sid: "j4JiE888f3Ra_KPQAAAA", pid: "qr7ZgHcbqLPhXd1kAAAB" },
  },
  "connect error": { type: CONNECT_ERROR, nsp: "/", data: { message: "Not authorized" } },
  "connect error with data": {
    type: CONNECT_ERROR,
    nsp: "/admin",
    data: { message: "no", data: { code: 1, why: ["x"] } },
  },
};

/** What only a client sends: its own order of keys, and what JSON has no word for. */
const client = {
  "connect": { type: CONNECT, data: undefined, nsp: "/" },
  "connect with auth": { type: CONNECT, data: { token: "1", nested: [{ a: null }] }, nsp: "/admin" },
  "event of a client": { type: EVENT, data: ["q", 1], options: { compress: true }, id: 0, nsp: "/" },
  "ack of a client": { type: ACK, id: 3, data: [1], nsp: "/" },
  "undefined": {
    type: EVENT,
    data: ["u", undefined, { a: undefined, b: 1, c: undefined }, [undefined], { d: undefined }],
    nsp: "/",
  },
  "dates": {
    type: EVENT,
    data: ["t", new Date(0), new Date(1), new Date(-1), new Date("2024-02-29T12:34:56.789Z"),
      { at: new Date("0000-01-01T00:00:00.000Z") }, new Date("9999-12-31T23:59:59.999Z")],
    nsp: "/",
  },
  "numbers that are none": { type: EVENT, data: ["n", NaN, Infinity, -Infinity, -0], nsp: "/" },
  "array buffers": {
    type: EVENT,
    data: ["a", new Uint8Array([1]).buffer, new Uint8Array([1, 2]), new ArrayBuffer(0),
      { view: new Uint32Array([7]), large: new ArrayBuffer(300) }],
    nsp: "/",
  },
  "functions": { type: EVENT, data: ["f", { a: () => {}, b: 1 }], nsp: "/" },
  "toJSON": { type: EVENT, data: ["j", { toJSON: () => ({ a: 1 }) }], nsp: "/" },
};

/** @param {any} data bytes, a buffer, or a view of one */
function hex(data) {
  const { buffer = data, byteOffset = 0, byteLength } = data;
  return Buffer.from(buffer, byteOffset, byteLength).toString("hex");
}

/** Each packet: as the msgpack parser writes it, and as the default parser does. */
export function vectors() {
  return Object.entries({ both, server, client }).flatMap(([from, packets]) =>
    Object.entries(packets).map(([name, packet]) => {
      const [msgpack] = /** @type {any} */ (new MsgPackEncoder().encode(packet));
      const [text, ...attachments] = new Encoder().encode(/** @type {any} */ (packet));
      return { name, from, msgpack: hex(msgpack), text, attachments: attachments.map(hex) };
    }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(file, `${JSON.stringify(vectors(), null, 1)}\n`);
}
