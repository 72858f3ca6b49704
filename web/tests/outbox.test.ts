import { beforeEach, expect, test, vi } from 'vitest';
import { type Draft, Outbox, type Outcome } from '../src/model/outbox.ts';
import { message } from './fake-room.ts';

let posted: { text: string; clientMsgId: string; answer: (outcome: Outcome) => Promise<void> }[];
let failed: ReturnType<typeof vi.fn<(draft: Draft, isRefused: boolean) => void>>;
let outbox: Outbox;

beforeEach(() => {
  posted = [];
  failed = vi.fn();
  const post = ({ text, clientMsgId }: Draft) =>
    new Promise<Outcome>((resolve) => {
      const answer = async (outcome: Outcome) => {
        resolve(outcome);
        await settled();
      };
      posted.push({ text, clientMsgId, answer });
    });
  outbox = new Outbox(post, { changed: () => undefined, failed });
});

const settled = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};
const accepted = (seq: number): Outcome => {
  const ack = { id: `m${seq}`, seq, room: 'lobby', sentAt: '2025-06-01T10:00:00.000Z' };
  return { kind: 'accepted', ack };
};
const states = () => outbox.in('lobby').map(({ text, state }) => `${text} ${state}`);
const texts = () => posted.map(({ text }) => text);

test('one goes after the other, in order', async () => {
  outbox.send('lobby', 'a');
  outbox.send('lobby', 'b');
  expect(texts()).toEqual(['a']);
  await posted[0]?.answer(accepted(1));
  expect(texts()).toEqual(['a', 'b']);
  expect(states()).toEqual(['a sent', 'b sending']);
  outbox.arrived([message(1)]);
  expect(states()).toEqual(['b sending']);
});

test('after a lost connection the same is sent again under the same name', async () => {
  outbox.send('lobby', 'a');
  await posted[0]?.answer({ kind: 'disconnected' });
  expect(posted).toHaveLength(1);
  outbox.connected();
  expect(posted[1]?.clientMsgId).toBe(posted[0]?.clientMsgId);
  await posted[1]?.answer(accepted(1));
  expect(states()).toEqual(['a sent']);
  expect(failed).not.toHaveBeenCalled();
});

test('one that is never answered is given up at last, and the next has its turn', async () => {
  outbox.send('lobby', 'a');
  outbox.send('lobby', 'b');
  for (let i = 0; i < 4; i++) await posted[i]?.answer({ kind: 'unanswered' });
  expect(texts()).toEqual(['a', 'a', 'a', 'a', 'b']);
  expect(states()).toEqual(['a failed', 'b sending']);
  expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ text: 'a' }), false);
});

test('one that is refused stays with its reason, until it is discarded or sent again', async () => {
  const draft = outbox.send('lobby', 'a');
  await posted[0]?.answer({ kind: 'refused', why: 'Too long.' });
  expect(outbox.in('lobby')[0]?.why).toBe('Too long.');
  outbox.retry(draft.clientMsgId);
  expect(posted[1]?.clientMsgId).toBe(draft.clientMsgId);
  await posted[1]?.answer({ kind: 'refused', why: 'Still too long.' });
  outbox.discard(draft.clientMsgId);
  expect(states()).toEqual([]);
});

test('one that is heard before it is confirmed is known already', async () => {
  const draft = outbox.send('lobby', 'text 1');
  outbox.heard(message(1));
  expect(draft.id).toBe('m1');
  outbox.arrived([message(1)]);
  expect(states()).toEqual(['text 1 sending']);
  await posted[0]?.answer(accepted(1));
  outbox.arrived([message(1)]);
  expect(states()).toEqual([]);
});

test('what is on its way when the connection ends has failed, unless it arrives all the same', async () => {
  outbox.send('lobby', 'a');
  outbox.send('lobby', 'b');
  outbox.ended();
  expect(states()).toEqual(['a failed', 'b failed']);
  await posted[0]?.answer(accepted(1));
  expect(states()).toEqual(['a sent', 'b failed']);
});
