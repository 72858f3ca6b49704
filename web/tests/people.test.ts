import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Result } from '../src/api.ts';
import { MAX_SHOWN, People } from '../src/people.ts';
import type { ConnectedClient } from '../src/protocol/rest.ts';

let answer: Result<ConnectedClient[]>;
let fetchClients: ReturnType<typeof vi.fn<() => Promise<Result<ConnectedClient[]>>>>;
let elements: { list: HTMLElement; count: HTMLElement; more: HTMLElement };
let people: People;

beforeEach(() => {
  vi.useFakeTimers();
  answer = { ok: true, value: [] };
  fetchClients = vi.fn(async () => answer);
  elements = {
    list: document.createElement('ul'),
    count: document.createElement('span'),
    more: document.createElement('p'),
  };
  people = new People(elements, fetchClients, 100);
});
afterEach(() => void vi.useRealTimers());

const client = (id: string, fullName: string): ConnectedClient => ({
  id,
  userId: `user of ${id}`,
  fullName,
  connectedAt: '2025-01-01T00:00:00Z',
});
const named = (...clients: ConnectedClient[]) => ({ ok: true as const, value: clients });
const shown = () => [...elements.list.children].map((item) => item.textContent);

test('shows ids until the names are known, and marks the own one', async () => {
  answer = named(client('a', 'Ana'), client('b', 'Berta'));
  people.setOwn('b');
  people.update(['a', 'b']);
  expect(shown()).toEqual(['a', 'b (you)']);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toEqual(['Ana', 'Berta (you)']);
  expect(elements.list.querySelector('[aria-current="true"]')?.textContent).toBe('Berta (you)');
  expect(elements.count.textContent).toBe('2');
});

test('asks again when someone came while it was asking, and not when someone left', async () => {
  answer = named(client('a', 'Ana'));
  people.update(['a']);
  people.update(['a', 'b']);
  people.update(['a', 'b', 'c']);
  expect(fetchClients).toHaveBeenCalledTimes(1);
  answer = named(client('a', 'Ana'), client('b', 'Berta'), client('c', 'Clara'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetchClients).toHaveBeenCalledTimes(2);
  people.update(['a', 'c']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetchClients).toHaveBeenCalledTimes(2);
  expect(shown()).toEqual(['Ana', 'Clara']);
});

test('tries again after the server was away, and not when it refuses', async () => {
  answer = { ok: false, status: 503, why: '' };
  people.update(['a']);
  await vi.advanceTimersByTimeAsync(6000);
  expect(fetchClients).toHaveBeenCalledTimes(2);
  answer = { ok: false, status: 401, why: '' };
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetchClients).toHaveBeenCalledTimes(3);
});

test('a name is text, whatever it looks like', async () => {
  const hostile = '<img src=x onerror="alert(1)">';
  answer = named(client('a', hostile));
  people.update(['a']);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown()).toEqual([hostile]);
  expect(elements.list.querySelector('img')).toBeNull();
});

test('a long list is cut, and says so', () => {
  people.update(Array.from({ length: MAX_SHOWN + 7 }, (_, i) => `id-${i}`));
  expect(elements.list.childElementCount).toBe(MAX_SHOWN);
  expect(elements.more.hidden).toBe(false);
  expect(elements.more.textContent).toBe('and 7 more');
});
