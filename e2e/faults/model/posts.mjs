// @ts-check
import assert from "node:assert/strict";
import { Said } from "../said.mjs";

/** @typedef {import("../ask.mjs").Message} Message */
/** @typedef {import("../ask.mjs").Socket} Socket */
/** @typedef {import("./member.mjs").Member} Member */

/** What a user of the model says. */
export class Post extends Said {
  /** When it was sent first, by the clock of the test. */
  firstSent = Infinity;

  /**
   * @param {string} text
   * @param {Member} member
   * @param {string} room
   * @param {boolean} isNamed
   */
  constructor(text, member, room, isNamed) {
    super(text, member.user, room, isNamed);
    this.member = member;
  }

  /** @override @returns {[string, object]} */
  event() {
    const [event, said] = super.event();
    const to = this.member.partnerIn(this.room);
    // Both ways lead there.
    if (to === undefined || this.text.endsWith("0")) return [event, said];
    return ["direct-message", { ...said, room: undefined, to: { userId: to } }];
  }

  /** @override @param {Socket} socket */
  async send(socket) {
    this.firstSent = Math.min(this.firstSent, performance.now());
    const acks = this.acks.length;
    const before = this.member.isOut(this.room);
    await super.send(socket);
    const isOut = before !== undefined && before === this.member.isOut(this.room);
    if (isOut) assert.equal(this.acks.length, acks, `${this.text} was said by a stranger`);
  }

  /** @override @param {Message | undefined} stored */
  check(stored) {
    super.check(stored);
    const isLost = stored === undefined && this.isNamed && this.refusals.length === 0;
    assert.ok(!isLost, `${this.text} was never answered`);
  }
}
