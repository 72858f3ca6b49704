// @ts-check
// Our decoder of long-polling payloads beside engine.io-parser.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusedPayloads } from "./differences.mjs";
import { mutatePayload } from "./generate.mjs";
import { decodePayloads } from "./ours.mjs";
import { Random, seed } from "../harness/random.mjs";
import { currentEngine, oldEngine } from "./theirs.mjs";

/** @typedef {import("./ours.mjs").Payload} Ours */
/** @typedef {import("engine.io-parser").Packet} Packet */

const COUNT = 2_000;
const SEPARATOR = "\x1e";

/** What clients say by POST. @param {Random} random @returns {Packet[]} */
function payload(random) {
  const packets = /** @type {Packet[]} */ ([
    { type: "message", data: "" },
    { type: "message", data: '2["message","é€😀"]' },
    { type: "message", data: "b" },
    { type: "message", data: Buffer.from(random.several(9, () => random.below(256))) },
    { type: "pong" },
    { type: "close" },
    { type: "upgrade" },
    { type: "noop" },
  ]);
  return [random.choice(packets), ...random.several(3, () => random.choice(packets))];
}

/** @param {typeof currentEngine} parser @param {Packet[]} packets */
function encode(parser, packets) {
  let encoded = "";
  parser.encodePayload(packets, (text) => (encoded = text));
  return encoded;
}

/** Their packets in the form of ours; `null` if one of them is an error. @param {Packet[]} packets */
function inOurForm(packets) {
  if (packets.some(({ type }) => type === "error")) return null;
  return packets.map(({ type: kind, data = "" }) => {
    if (kind !== "message") return { kind, text: null, base64: null };
    if (typeof data === "string") return { kind, text: data, base64: null };
    return { kind, text: null, base64: Buffer.from(data).toString("base64") };
  });
}

describe(`payloads (E2E_SEED=${seed})`, () => {
  for (const [name, parser] of /** @type {const} */ ([["5", currentEngine], ["4", oldEngine]])) {
    test(`what ${name} writes is read, and written again byte for byte`, () => {
      const random = new Random(seed);
      const payloads = Array.from({ length: COUNT }, () => payload(random));
      const encoded = payloads.map((packets) => encode(parser, packets));
      for (const [at, ours] of decodePayloads(encoded).entries()) {
        assert.deepEqual(ours?.packets, inOurForm(payloads[at]), encoded[at]);
        assert.equal(ours?.again, encoded[at]);
      }
    });
  }

  test("what is malformed is refused by both, or on purpose", () => {
    const random = new Random(seed);
    const texts = Array.from({ length: 4 * COUNT }, () =>
      mutatePayload(random, encode(currentEngine, payload(random))),
    );
    const isDeliberate = (/** @type {string} */ part) =>
      refusedPayloads.some(({ covers }) => covers(part));
    for (const [at, ours] of decodePayloads(texts).entries()) {
      const text = texts[at];
      const theirs = inOurForm(currentEngine.decodePayload(text));
      if (theirs !== null && ours === null) {
        const why = text.split(SEPARATOR).some(isDeliberate);
        assert.ok(why, `refused by us alone: ${JSON.stringify(text)}`);
      } else {
        assert.deepEqual(ours?.packets ?? null, theirs, JSON.stringify(text));
      }
      if (ours === null) continue;
      assert.deepEqual(inOurForm(currentEngine.decodePayload(ours.again)), theirs, ours.again);
    }
  });

  test("the differences are those that are listed", () => {
    for (const { examples, covers } of refusedPayloads) {
      for (const [at, ours] of decodePayloads(examples).entries()) {
        const text = examples[at];
        assert.equal(ours, null, text);
        assert.notEqual(inOurForm(currentEngine.decodePayload(text)), null, text);
        assert.ok(covers(text), text);
      }
    }
  });
});
