// @ts-check
// Our decoder of Socket.IO packets beside socket.io-parser.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusedPackets, seenOtherwise } from "./differences.mjs";
import { mutatePacket, packet } from "./generate.mjs";
import { decodePackets } from "./ours.mjs";
import { Random, seed } from "../harness/random.mjs";
import { current, decode, old } from "./theirs.mjs";

/** @typedef {import("./ours.mjs").Packet} Ours */
/** @typedef {import("./differences.mjs").Theirs} Theirs */

const COUNT = 2_000;
const KINDS = ["CONNECT", "DISCONNECT", "EVENT", "ACK"];
const ATTACHMENTS = Array.from({ length: 10 }, (_, number) => Buffer.from([number, 0xff]));

/**
 * Our packet in the form of theirs.
 * @param {Ours} ours
 * @param {Buffer[]} attachments
 */
function inTheirForm(ours, attachments) {
  const json = ours.json === null ? undefined : JSON.parse(ours.json, (_key, value) =>
    ours.attachments > 0 && value?._placeholder === true ? attachments[value.num] : value,
  );
  const data = ours.name === null ? json : [ours.name, ...json];
  return { type: KINDS.indexOf(ours.kind), nsp: ours.namespace, id: ours.id ?? undefined, data };
}

/** What there is of a packet; 4.0 still tells those apart that had attachments. @param {Theirs} theirs */
function plain({ type, nsp, id, data }) {
  return { type: type > 4 ? type - 3 : type, nsp, id, data };
}

/** @param {Theirs} theirs @param {Ours} ours @param {Buffer[]} attachments */
function isSame(theirs, ours, attachments) {
  try {
    assert.deepEqual(inTheirForm(ours, attachments), plain(theirs));
    return true;
  } catch {
    return false;
  }
}

/** @param {{ examples: string[] }[]} differences */
const examplesOf = (differences) => differences.flatMap(({ examples }) => examples);

describe(`packets (E2E_SEED=${seed})`, () => {
  for (const [name, parser] of /** @type {const} */ ([["4.2", current], ["4.0", old]])) {
    test(`what ${name} writes is read, written again byte for byte, and read by it`, () => {
      const random = new Random(seed);
      const packets = Array.from({ length: COUNT }, () => packet(random));
      const encoded = packets.map((packet) => new parser.Encoder().encode({ ...packet }));
      const all = decodePackets(encoded.map(([text]) => text));
      for (const [at, [text, ...attachments]] of encoded.entries()) {
        const ours = all[at];
        assert.ok(ours !== null, `refused: ${text}`);
        const theirs = decode(parser, text, attachments);
        assert.deepEqual(inTheirForm(ours, attachments), theirs && plain(theirs), text);
        assert.equal(ours.again, text);
      }
    });
  }

  test("what is malformed is refused by both, or on purpose", () => {
    const random = new Random(seed);
    const texts = Array.from({ length: 4 * COUNT }, () => {
      const [text] = new current.Encoder().encode(packet(random));
      return mutatePacket(random, text);
    });
    const all = decodePackets(texts);
    let refused = 0;
    for (const [at, text] of texts.entries()) {
      const ours = all[at];
      const theirs = decode(current, text, ATTACHMENTS);
      if (theirs === null) {
        refused++;
        assert.equal(ours, null, `taken by us alone: ${JSON.stringify(text)}`);
      } else if (ours === null) {
        const why = refusedPackets.some(({ covers }) => covers(text, theirs));
        assert.ok(why, `refused by us alone: ${JSON.stringify(text)}`);
      } else if (!isSame(theirs, ours, ATTACHMENTS)) {
        const why = seenOtherwise.some(({ covers }) => covers(text, theirs));
        assert.ok(why, `not the same: ${JSON.stringify(text)} ${JSON.stringify(ours)}`);
      } else {
        const again = decode(current, ours.again, ATTACHMENTS);
        assert.deepEqual(again && plain(again), plain(theirs), ours.again);
      }
    }
    assert.ok(refused > COUNT && refused < 4 * COUNT, `${refused} of ${texts.length} are malformed`);
  });

  test("the differences are those that are listed", () => {
    const examples = examplesOf(refusedPackets);
    for (const [at, ours] of decodePackets(examples).entries()) {
      assert.equal(ours, null, examples[at]);
      assert.notEqual(decode(current, examples[at], ATTACHMENTS), null, examples[at]);
    }
    for (const { examples, covers } of [...refusedPackets, ...seenOtherwise]) {
      for (const text of examples) {
        const theirs = decode(current, text, ATTACHMENTS);
        assert.ok(theirs && covers(text, theirs), text);
      }
    }
    const others = examplesOf(seenOtherwise);
    for (const [at, ours] of decodePackets(others).entries()) {
      const theirs = decode(current, others[at], ATTACHMENTS);
      assert.ok(ours && theirs && !isSame(theirs, ours, ATTACHMENTS), others[at]);
    }
  });
});
