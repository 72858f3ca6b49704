import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_MESSAGES, RoomLog } from '../src/model/room-log.ts';
import { FakeRoom, message, messages } from './fake-room.ts';
import { Random, startingPoint } from './random.ts';

let log: RoomLog;

beforeEach(() => {
  log = new RoomLog();
});

const seqs = () => log.messages.map(({ seq }) => seq);

test('what arrives before the first page is shown, and stands after it then', () => {
  log.arrive(message(3));
  expect(seqs()).toEqual([3]);
  expect(log.need).toBe('newest');
  log.loaded(messages(1, 2), false);
  expect(seqs()).toEqual([1, 2, 3]);
  expect(log.need).toBe('nothing');
});

test('what arrives twice, or in the page as well, is there once', () => {
  log.arrive(message(2));
  log.loaded(messages(1, 2), false);
  log.arrive(message(2));
  log.arrive(message(3));
  log.arrive(message(3));
  expect(seqs()).toEqual([1, 2, 3]);
});

test('what arrives after a gap waits until it is filled', () => {
  log.loaded(messages(1, 2), false);
  log.arrive(message(5));
  expect(seqs()).toEqual([1, 2]);
  expect(log.need).toBe('missed');
  log.caughtUp(messages(3, 4));
  expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  expect(log.need).toBe('nothing');
});

test('what is known to be there is missed, unless the server says that there is no more', () => {
  log.loaded(messages(1, 2), false);
  log.noticed(4);
  expect(log.need).toBe('missed');
  log.caughtUp([]);
  expect(log.need).toBe('nothing');
  log.doubt();
  expect(log.need).toBe('missed');
  log.caughtUp(messages(3, 3));
  expect(seqs()).toEqual([1, 2, 3]);
});

test('an answer with a gap in it leads to the newest page', () => {
  log.loaded(messages(1, 2), false);
  log.doubt();
  log.caughtUp(messages(4, 5));
  expect(seqs()).toEqual([1, 2]);
  expect(log.need).toBe('newest');
});

test('earlier pages come before, and only if they fit', () => {
  log.loaded(messages(11, 20), true);
  log.extendedBack(messages(6, 10), true);
  expect(log.first).toBe(6);
  expect(log.hasOlder).toBe(true);
  log.extendedBack([], false);
  expect(log.hasOlder).toBe(false);
  expect(log.need).toBe('nothing');
  log.extendedBack(messages(1, 4), false);
  expect(log.need).toBe('newest');
});

test('the oldest leave, and can be loaded again', () => {
  log.loaded(messages(1, MAX_MESSAGES), false);
  log.arrive(message(MAX_MESSAGES + 1));
  expect(log.messages).toHaveLength(MAX_MESSAGES);
  expect(log.first).toBe(2);
  expect(log.hasOlder).toBe(true);
});

test('whoever reads far back keeps what they read, and comes forward again page by page', () => {
  const last = MAX_MESSAGES + 50;
  log.loaded(messages(51, last), true);
  log.isHeld = true;
  log.extendedBack(messages(1, 50), false);
  expect(log.messages).toHaveLength(MAX_MESSAGES);
  expect([log.first, log.last, log.isDetached]).toEqual([1, MAX_MESSAGES, true]);
  log.arrive(message(last + 1));
  expect(log.last).toBe(MAX_MESSAGES);
  expect(log.newest).toBe(last + 1);
  expect(log.need).toBe('nothing');
  log.extendedOn(messages(MAX_MESSAGES + 1, last), true);
  expect([log.first, log.isDetached]).toEqual([51, true]);
  log.extendedOn(messages(last + 1, last + 1), false);
  expect([log.last, log.isDetached, log.need]).toEqual([last + 1, false, 'nothing']);
});

test('a quick conversation takes nothing away from somebody who has scrolled up', () => {
  log.loaded(messages(1, MAX_MESSAGES), false);
  log.isHeld = true;
  log.arrive(message(MAX_MESSAGES + 1));
  expect([log.first, log.isDetached]).toEqual([1, true]);
  log.isHeld = false;
  log.reload();
  log.arrive(message(MAX_MESSAGES + 2));
  log.loaded(messages(MAX_MESSAGES - 48, MAX_MESSAGES + 1), true);
  expect(log.last).toBe(MAX_MESSAGES + 2);
});

test('nobody looks at it: it is short then, or loaded anew', () => {
  log.loaded(messages(1, 300), false);
  log.rest();
  expect(log.messages).toHaveLength(100);
  log.arrive(message(301));
  expect(log.last).toBe(301);
  log.reload();
  log.rest();
  expect(log.isLoaded).toBe(false);
});

test('an empty page is not believed if too much has arrived since', () => {
  for (const said of messages(1, 60)) log.arrive(said);
  log.loaded([], false);
  expect(log.need).toBe('newest');
  log.loaded(messages(11, 60), true);
  expect([log.first, log.last, log.need]).toEqual([11, 60, 'nothing']);
});

describe('a room that is not stored', () => {
  beforeEach(() => {
    log.arrive(message(7));
    log.arrive(message(8));
    log.loaded([], false);
  });

  test('has what has arrived', () => {
    expect(seqs()).toEqual([7, 8]);
    expect(log.need).toBe('nothing');
    log.arrive(message(9));
    expect(seqs()).toEqual([7, 8, 9]);
  });

  test('goes on after what was missed', () => {
    log.doubt();
    log.arrive(message(12));
    log.reload();
    log.loaded([], false);
    expect(seqs()).toEqual([7, 8, 12]);
    expect(log.need).toBe('nothing');
  });

  test('counts from 1 again after a restart', () => {
    log.arrive(message(1, { id: 'another' }));
    expect(log.need).toBe('newest');
    log.loaded([], false);
    expect(seqs()).toEqual([7, 8, 1]);
    expect(log.newest).toBe(1);
    log.arrive(message(2, { id: 'yet another' }));
    expect(seqs()).toEqual([7, 8, 1, 2]);
  });
});

/** One reader and one room, in random steps. Broadcasts are lost only while there is no connection. */
function wander(random: Random): void {
  const room = new FakeRoom('lobby', random.below(700));
  const log = new RoomLog();
  let isConnected = true;

  const checkOrder = () => {
    const shown = log.messages;
    const isNext = ({ seq }: { seq: number }, i: number) => {
      const before = shown[i - 1]?.seq ?? seq - 1;
      return log.isLoaded ? seq === before + 1 : seq > before;
    };
    const isOnce = new Set(shown.map(({ id }) => id)).size === shown.length;
    if (shown.every(isNext) && isOnce && shown.length <= MAX_MESSAGES) return;
    throw new Error(`shown: ${shown.map(({ seq }) => seq)}`);
  };
  const heal = () => {
    if (log.need === 'newest') {
      const { messages, hasMore } = room.history({});
      log.loaded(messages, hasMore);
    } else if (log.need === 'missed') {
      const { messages, complete } = room.missed(log.last);
      if (complete) log.caughtUp(messages);
      else log.reload();
    }
  };
  const older = () => {
    if (log.need !== 'nothing' || !log.hasOlder) return;
    const { messages, hasMore } = room.history({ before: log.first });
    log.extendedBack(messages, hasMore);
  };
  const newer = () => {
    if (log.need !== 'nothing' || !log.isDetached) return;
    const { messages, hasMore } = room.history({ after: log.last });
    log.extendedOn(messages, hasMore);
  };
  const steps = [
    () => {
      const said = Array.from({ length: 1 + random.below(8) }, () => room.say());
      for (const message of said) if (isConnected) log.arrive(message);
    },
    () => {
      const again = room.kept.at(-1 - random.below(30));
      if (isConnected && again !== undefined) log.arrive(again);
    },
    () => {
      isConnected = !isConnected;
      if (isConnected) log.doubt();
    },
    () => isConnected && heal(),
    () => isConnected && heal(),
    () => isConnected && older(),
    () => isConnected && newer(),
    () => {
      log.isHeld = random.chance(50);
    },
    () => random.chance(10) && log.reload(),
    () => random.chance(10) && log.rest(),
    () => random.chance(20) && room.prune(1 + random.below(600)),
    () => random.chance(10) && Array.from({ length: 600 }, () => room.say()),
    () => log.noticed(room.lastSeq),
  ];
  for (let step = 0; step < 300; step++) {
    steps[random.below(steps.length)]?.();
    checkOrder();
  }

  log.isHeld = false;
  log.noticed(room.lastSeq);
  log.doubt();
  if (log.isDetached) log.reload();
  for (let round = 0; log.need !== 'nothing' && round < 20; round++) heal();
  expect(log.need).toBe('nothing');
  const shown = log.messages.map(({ id }) => id);
  const wanted = room.kept.slice(Math.max(0, room.kept.length - shown.length));
  if (room.kept.length > 0) expect(shown.slice(-wanted.length)).toEqual(wanted.map(({ id }) => id));
  for (let round = 0; log.hasOlder && round < 500; round++) older();
  expect(log.hasOlder).toBe(false);
}

test('whatever happens, it is in order, and comes to be what the server has', () => {
  const seed = startingPoint();
  for (let walk = 0; walk < 60; walk++) {
    try {
      wander(new Random(seed + walk));
    } catch (error) {
      throw new Error(`SEED=${seed + walk}`, { cause: error });
    }
  }
});
