// @ts-check
// Our decoder of MessagePack beside socket.io-msgpack-parser.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isUndefinedLater, nullIsNothing } from "./differences.mjs";
import { mutateBytes, oddValue, packet } from "./generate.mjs";
import { decodeMsgPack } from "./ours.mjs";
import { Random, seed } from "../harness/random.mjs";
import { decodeMsgPack as decodeTheirs, msgpack, notepack } from "./theirs.mjs";

/** @typedef {import("./ours.mjs").Packet} Ours */

const COUNT = 2_000;
const KINDS = ["CONNECT", "DISCONNECT", "EVENT", "ACK"];

/** What applications may emit, JSON or not. @param {Random} random */
function encoded(random) {
  const emitted = packet(random);
  if (Array.isArray(emitted.data)) emitted.data.push(...random.several(3, () => oddValue(random)));
  return new msgpack.Encoder().encode(emitted)[0];
}

/**
 * A value as JSON would have carried it, but for what is binary.
 * @param {any} value
 * @returns {any}
 */
function asJson(value) {
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Date) {
    const year = value.getUTCFullYear();
    return year >= 0 && year <= 9999 ? value.toISOString() : null;
  }
  if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) return null;
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [inDoubles(key), asJson(inner)]));
}

/** Keys that are numbers lose digits in JavaScript alone. @param {string} key */
const inDoubles = (key) => (/^-?\d{16,}$/.test(key) ? String(Number(key)) : key);

/** The same of what may not be there. @param {unknown} value */
const ifAny = (value) => (value === undefined ? undefined : asJson(value));

/** @param {Ours} ours */
function inTheirForm({ kind, namespace, id, name, json, binaries }) {
  const revive = (/** @type {string} */ _key, /** @type {any} */ value) =>
    binaries.length > 0 && value?._placeholder === true
      ? Buffer.from(binaries[value.num], "base64")
      : value;
  const payload = json === null ? undefined : JSON.parse(json, revive);
  const data = name === null ? payload : [name, ...payload];
  return { type: KINDS.indexOf(kind), nsp: namespace, id: id ?? undefined, data };
}

/** @param {any} theirs */
function plain({ type, nsp, id, data }) {
  const json = ifAny(data);
  // The name of an event is text; only an event or an ack has a number.
  if (type === 2 && typeof json[0] === "number") json[0] = String(json[0]);
  return { type, nsp, id: type < 2 ? undefined : id, data: json };
}

describe(`msgpack (E2E_SEED=${seed})`, () => {
  test("what the parser writes is read, and what we write is read by it", () => {
    const random = new Random(seed);
    const messages = Array.from({ length: COUNT }, () => encoded(random));
    for (const [at, ours] of decodeMsgPack(messages).entries()) {
      const message = messages[at];
      const theirs = plain(decodeTheirs(message));
      assert.ok(ours !== null, `refused: ${message.toString("hex")}`);
      assert.deepEqual(inTheirForm(ours), theirs, message.toString("hex"));
      const again = decodeTheirs(Buffer.from(ours.again, "base64"));
      assert.deepEqual(plain(again), theirs, ours.again);
    }
  });

  test("nothing is taken that the parser refuses, and nothing seen otherwise", () => {
    const random = new Random(seed);
    const messages = Array.from({ length: 4 * COUNT }, () => mutateBytes(random, encoded(random)));
    let refused = 0;
    for (const [at, ours] of decodeMsgPack(messages).entries()) {
      if (ours === null) refused++;
      if (ours === null || isUndefinedLater(messages[at])) continue;
      const hex = messages[at].toString("hex");
      const theirs = decodeTheirs(messages[at]);
      if (theirs === null) {
        const { data, id } = notepack.decode(messages[at]);
        const why = nullIsNothing({ data: ifAny(data), id: ifAny(id) });
        assert.ok(why, `taken by us alone: ${hex}`);
      } else {
        assert.deepEqual(plain(inTheirForm(ours)), plain(theirs), hex);
      }
    }
    assert.ok(refused > COUNT && refused < 4 * COUNT, `${refused} of ${messages.length} are refused`);
  });
});
