import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Presence } from '../src/presence.ts';
import type { Person, PresenceSnapshot } from '../src/protocol/events.ts';

let answers: (PresenceSnapshot | undefined)[];
let asked: number;
let names: string[];
let presence: Presence;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  asked = 0;
  names = [];
  presence = new Presence(
    async () => {
      asked += 1;
      return answers.shift();
    },
    (people) => {
      names = people.map(({ fullName }) => fullName);
    },
  );
});
afterEach(() => void vi.useRealTimers());

const person = (fullName: string, ...ids: string[]): Person => ({
  userId: fullName.toLowerCase(),
  fullName,
  connections: ids.map((id) => ({ id, device: 'desktop' })),
});
const answered = () => vi.advanceTimersByTimeAsync(0);

test('a snapshot is kept up to date by diffs', async () => {
  answers = [{ version: 4, people: [person('Ana', '1'), person('Bo', '2')] }];
  presence.connected();
  // The one is in the snapshot, the other is not.
  presence.apply({ version: 4, joins: [], leaves: ['ana'] });
  presence.apply({ version: 5, joins: [person('Cy', '3')], leaves: ['ana'] });
  await answered();
  expect(names).toEqual(['Bo', 'Cy']);
  presence.apply({ version: 6, joins: [person('Bo', '2', '4')], leaves: [] });
  expect(names).toEqual(['Bo', 'Cy']);
  expect(asked).toBe(1);
});

test('a gap is healed by a new snapshot', async () => {
  answers = [
    { version: 1, people: [person('Ana', '1')] },
    { version: 3, people: [person('Cy', '3')] },
  ];
  presence.connected();
  await answered();
  presence.apply({ version: 3, joins: [person('Cy', '3')], leaves: [] });
  expect(names).toEqual(['Ana']);
  await answered();
  expect(names).toEqual(['Cy']);
  presence.apply({ version: 4, joins: [], leaves: ['cy'] });
  expect(names).toEqual([]);
  expect(asked).toBe(2);
});

test('each connection subscribes anew, and an answer to an earlier one counts no more', async () => {
  answers = [
    { version: 9, people: [person('Old', '1')] },
    { version: 1, people: [person('New', '1')] },
  ];
  presence.connected();
  presence.disconnected();
  presence.connected();
  await answered();
  expect(names).toEqual(['New']);
  presence.disconnected();
  expect(names).toEqual([]);
});

test('a subscription that failed is tried again', async () => {
  answers = [undefined, { version: 1, people: [person('Ana', '1')] }];
  presence.connected();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(names).toEqual(['Ana']);
  expect(asked).toBe(2);
});
