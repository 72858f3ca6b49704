import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Room, Rooms } from '../src/model/rooms.ts';
import type { StoredMessage } from '../src/protocol/events.ts';
import type { Answer } from '../src/requests.ts';
import { type Archive, Sync } from '../src/sync.ts';
import { FakeRoom } from './fake-room.ts';
import { Random, startingPoint } from './random.ts';

/** A server with some rooms, whose answers can be late or missing. */
class FakeServer implements Archive {
  readonly rooms = new Map<string, FakeRoom>();
  asked: string[] = [];
  /** Decides what becomes of a question: nothing if it is answered. */
  trouble: () => Promise<{ ok: false; why: string } | undefined> = async () => undefined;

  room(name: string): FakeRoom {
    const room = this.rooms.get(name) ?? new FakeRoom(name);
    this.rooms.set(name, room);
    return room;
  }

  history(part: Parameters<Archive['history']>[0]) {
    this.asked.push(`history ${part.room}`);
    return this.#answer(() => this.room(part.room).history(part));
  }

  catchUp(seen: Record<string, number>) {
    this.asked.push(`catch-up ${Object.keys(seen)}`);
    return this.#answer(() => {
      const missed = Object.entries(seen).map(
        ([name, seq]) => [name, this.room(name).missed(seq)] as const,
      );
      return { rooms: Object.fromEntries(missed) };
    });
  }

  async #answer<T>(answer: () => T): Promise<Answer<T>> {
    const value = answer();
    const trouble = await this.trouble();
    return trouble ?? { ok: true, value };
  }
}

let server: FakeServer;
let rooms: Rooms;
let sync: Sync;
let lost: Room[];

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  rooms = new Rooms('me', new Map());
  lost = [];
  sync = new Sync(rooms, server, { changed: () => undefined, lost: (room) => lost.push(room) });
});
afterEach(() => void vi.useRealTimers());

const arrive = (said: StoredMessage) => {
  const { id, seq, room: name, userId, sentAt } = said;
  sync.check(rooms.arrived(said, { id, seq, room: name, userId, sentAt }).room);
};
const shown = (room: Room) => room.log.messages.map(({ seq }) => seq);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('the open room is loaded, the others when they are opened', async () => {
  server.room('lobby').say();
  server.room('ventas').say();
  const ventas = rooms.joined('ventas', 1);
  sync.connected(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toEqual(['history lobby']);
  expect(shown(rooms.open)).toEqual([1]);
  rooms.show(ventas);
  sync.check(ventas);
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toEqual(['history lobby', 'history ventas']);
});

test('after a connection that was lost, all that are loaded catch up in one question', async () => {
  sync.connected(false);
  const ventas = rooms.joined('ventas', 0);
  rooms.show(ventas);
  sync.check(ventas);
  await vi.advanceTimersByTimeAsync(0);
  sync.disconnected();
  for (const name of ['lobby', 'ventas']) server.room(name).say();
  server.asked = [];
  sync.connected(false);
  // Somebody says something before the answer is there.
  arrive(server.room('ventas').say());
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toEqual(['catch-up lobby,ventas']);
  expect(rooms.all.map(shown)).toEqual([[1], [1, 2]]);
});

test('a connection that was recovered asks nothing, unless there is a gap', async () => {
  sync.connected(false);
  await vi.advanceTimersByTimeAsync(0);
  server.asked = [];
  sync.disconnected();
  server.room('lobby').say();
  sync.connected(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toEqual([]);
  arrive(server.room('lobby').say());
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toEqual(['catch-up lobby']);
  expect(shown(rooms.open)).toEqual([1, 2]);
});

test('who was away for too long starts with the newest page', async () => {
  sync.connected(false);
  await vi.advanceTimersByTimeAsync(0);
  sync.disconnected();
  for (let i = 0; i < 600; i++) server.room('lobby').say();
  sync.connected(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown(rooms.open)).toEqual(upTo(600).slice(-50));
  await sync.older(rooms.open);
  expect(shown(rooms.open)).toEqual(upTo(600).slice(-100));
});

test('what fails is tried again, and not after the connection is lost', async () => {
  server.trouble = async () => ({ ok: false, why: 'x' });
  sync.connected(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.asked.length).toBeGreaterThan(2);
  sync.disconnected();
  server.asked = [];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('an answer that comes after the connection was lost is not taken', async () => {
  const answers: (() => void)[] = [];
  server.trouble = () => new Promise((resolve) => answers.push(() => resolve(undefined)));
  sync.connected(false);
  sync.disconnected();
  sync.connected(false);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(rooms.open.log.isLoaded).toBe(false);
  answers[1]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(rooms.open.log.isLoaded).toBe(true);
});

test('a room that cannot be read any more is told', async () => {
  sync.connected(false);
  const ventas = rooms.joined('ventas', 3);
  const refused = { ok: false, why: 'x', code: 'forbidden' } as const;
  server.trouble = async () => refused;
  rooms.show(ventas);
  sync.check(ventas);
  await vi.advanceTimersByTimeAsync(0);
  expect(lost).toEqual([ventas]);
});

/** A client with three rooms on a bad line, in random steps. */
async function wander(random: Random): Promise<void> {
  const names = ['lobby', 'ventas', 'direct:me:you'];
  server = new FakeServer();
  rooms = new Rooms('me', new Map());
  sync = new Sync(rooms, server, { changed: () => undefined, lost: () => undefined });
  for (const name of names.slice(1)) rooms.joined(name, 0);
  let isConnected = false;
  server.trouble = async () => {
    const connectedThen = isConnected;
    await new Promise((resolve) => setTimeout(resolve, random.below(50)));
    const isLost = !connectedThen || !isConnected || random.chance(10);
    return isLost ? { ok: false, why: 'lost' } : undefined;
  };
  const pick = () => names[random.below(names.length)] ?? 'lobby';
  const steps = [
    () => {
      const said = server.room(pick()).say();
      // Sometimes it comes late: the line keeps the order, the answers to questions do not.
      if (isConnected) arrive(said);
    },
    () => {
      const again = server.room(pick()).kept.at(-1);
      if (isConnected && again !== undefined) arrive(again);
    },
    () => {
      if (isConnected) sync.disconnected();
      else sync.connected(false);
      isConnected = !isConnected;
    },
    () => {
      const room = rooms.get(pick());
      if (room === undefined) return;
      rooms.show(room);
      sync.check(room);
    },
    () => void sync.older(rooms.open),
    () => random.chance(5) && Array.from({ length: 550 }, () => server.room(pick()).say()),
    () => vi.advanceTimersByTimeAsync(random.below(60)),
    () => vi.advanceTimersByTimeAsync(random.below(4_000)),
  ];
  for (let step = 0; step < 150; step++) await steps[random.below(steps.length)]?.();

  if (isConnected) sync.disconnected();
  isConnected = true;
  sync.connected(false);
  for (const name of names) {
    const room = rooms.get(name);
    if (room === undefined) throw new Error(`${name} is gone`);
    room.log.noticed(server.room(name).lastSeq);
    rooms.show(room);
    sync.check(room);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.log.need).toBe('nothing');
    const ids = room.log.messages.map(({ id }) => id);
    const kept = server.room(name).kept.map(({ id }) => id);
    expect(ids).toEqual(kept.slice(kept.length - ids.length));
    expect(ids.length > 0 || kept.length === 0).toBe(true);
  }
  sync.disconnected();
}

test('on a bad line every room comes to show what the server has', async () => {
  const seed = startingPoint();
  for (let walk = 0; walk < 40; walk++) {
    try {
      await wander(new Random(seed + walk));
    } catch (error) {
      throw new Error(`SEED=${seed + walk}`, { cause: error });
    }
  }
});
