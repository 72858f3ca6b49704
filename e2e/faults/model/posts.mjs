// @ts-check
// What the users of the model say, and what became of it.
import assert from "node:assert/strict";

/** @typedef {import("../ask.mjs").Message} Message */
/** @typedef {import("./device.mjs").Device} Device */
/** @typedef {import("./member.mjs").Member} Member */

/** How long a message may wait for its ack before it is sent again, or given up. */
const ACK_MS = 1_500;

/** @typedef {{ ok: true, id: string, seq: number, room: string, sentAt: string, duplicate?: true }} Ack */

/** Something that is said once, however often it is sent. */
export class Post {
  /** @type {Ack[]} */
  acks = [];
  /** The codes of what was answered instead. @type {string[]} */
  refusals = [];
  /** How often it was sent without any answer. */
  unanswered = 0;
  /** When it was sent first. */
  firstSent = Infinity;

  /**
   * @param {string} text
   * @param {Member} member
   * @param {string} room
   * @param {boolean} isNamed Whether it has a `clientMsgId`, and may be sent again.
   */
  constructor(text, member, room, isNamed) {
    this.text = text;
    this.member = member;
    this.room = room;
    this.isNamed = isNamed;
  }

  /** Sends it, and waits for what is answered for some time. @param {Device} device */
  async send(device) {
    this.firstSent = Math.min(this.firstSent, performance.now());
    const wasOut = this.member.isOut(this.room);
    const { socket } = device.client;
    const answer = await socket
      .timeout(ACK_MS)
      .emitWithAck(...this.#event())
      .catch(() => undefined);
    if (answer === undefined) {
      this.unanswered += 1;
      return;
    }
    if (!answer.ok) {
      this.refusals.push(answer.error.code);
      return;
    }
    this.acks.push(answer);
    const isOut = wasOut !== undefined && wasOut === this.member.isOut(this.room);
    assert.ok(!isOut, `${this.text} was said in ${this.room} by someone who is not there`);
  }

  /** Whether sending it again makes sense. */
  get isOpen() {
    return this.isNamed && this.acks.length === 0 && !this.refusals.includes("forbidden");
  }

  /** @returns {[string, object]} */
  #event() {
    const clientMsgId = this.isNamed ? `id-${this.text}` : undefined;
    const said = { message: this.text, clientMsgId };
    const to = this.member.partnerIn(this.room);
    // Both ways lead there.
    if (to === undefined || this.text.endsWith("0")) {
      return ["message-from-client", { ...said, room: this.room }];
    }
    return ["direct-message", { ...said, to: { userId: to } }];
  }

  /** Asserts that what is stored of it is what was answered. @param {Message | undefined} stored */
  check(stored) {
    const { acks, text } = this;
    const what = `${text} in ${this.room}: acks ${JSON.stringify(acks)}, ${this.refusals}`;
    if (stored === undefined) {
      assert.equal(acks.length, 0, `acked and lost: ${what}`);
      assert.ok(!this.isNamed || this.refusals.length > 0, `never answered: ${what}`);
      return;
    }
    assert.equal(stored.userId, this.member.user.id, what);
    assert.equal(stored.fullName, this.member.user.fullName, what);
    assert.ok(acks.filter(({ duplicate }) => !duplicate).length <= 1, `twice the first: ${what}`);
    for (const ack of acks) {
      for (const key of /** @type {const} */ (["id", "seq", "room", "sentAt"])) {
        assert.equal(ack[key], stored[key], `another ${key}: ${what}`);
      }
    }
    const isRefused = !this.isNamed && this.refusals.includes("forbidden");
    assert.ok(!isRefused, `refused and stored: ${what}`);
  }
}
