// @ts-check
import assert from "node:assert/strict";

/** @typedef {import("./ask.mjs").Message} Message */
/** @typedef {import("./ask.mjs").Socket} Socket */
/** @typedef {import("../harness/server.mjs").User} User */

/** How long a message may wait for its ack before it is sent again, or given up. */
const ACK_MS = 1_500;

/** @typedef {{ ok: true, id: string, seq: number, room: string, sentAt: string, duplicate?: true }} Ack */

/** Something that is said once, however often it is sent, and what was answered. */
export class Said {
  /** @type {Ack[]} */
  acks = [];
  /** The codes of what was answered instead. @type {string[]} */
  refusals = [];

  /**
   * @param {string} text
   * @param {User} user
   * @param {string} room
   * @param {boolean} isNamed Whether it has a `clientMsgId`, and may be sent again.
   */
  constructor(text, user, room, isNamed) {
    this.text = text;
    this.user = user;
    this.room = room;
    this.isNamed = isNamed;
  }

  /** What is sent. @returns {[string, object]} */
  event() {
    const { text: message, room } = this;
    const clientMsgId = this.isNamed ? `id-${message}`.slice(0, 64) : undefined;
    return ["message-from-client", { message, room, clientMsgId }];
  }

  /** Sends it, and waits for what is answered for some time. @param {Socket} socket */
  async send(socket) {
    const sent = socket.timeout(ACK_MS).emitWithAck(...this.event());
    const answer = await sent.catch(() => undefined);
    if (answer !== undefined) this.answered(answer);
  }

  /** @param {any} answer */
  answered(answer) {
    if (answer.ok) this.acks.push(answer);
    else this.refusals.push(answer.error.code);
  }

  /** Whether it has to be sent again. */
  get isOpen() {
    return this.isNamed && this.acks.length === 0 && !this.refusals.includes("forbidden");
  }

  /** Asserts that what is stored of it is what was answered. @param {Message | undefined} stored */
  check(stored) {
    const { acks, text } = this;
    const what = `${text} in ${this.room}: acks ${JSON.stringify(acks)}, ${this.refusals}`;
    if (stored === undefined) {
      assert.equal(acks.length, 0, `acked and lost: ${what}`);
      return;
    }
    assert.equal(stored.userId, this.user.id, what);
    assert.equal(stored.fullName, this.user.fullName, what);
    assert.equal(stored.room, this.room, what);
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

/**
 * Asserts that what is stored is what was said, and that nothing was said twice.
 * @param {Message[]} stored
 * @param {Iterable<Said>} said
 */
export function check(stored, said) {
  /** @type {Map<string, Message>} */
  const byText = new Map();
  for (const message of stored) {
    const before = byText.get(message.message);
    assert.equal(before, undefined, `said twice: ${JSON.stringify([before, message])}`);
    byText.set(message.message, message);
  }
  for (const one of said) {
    one.check(byText.get(one.text));
    byText.delete(one.text);
  }
  assert.deepEqual([...byText.keys()], [], "nobody has said this");
}
