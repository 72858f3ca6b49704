import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Result } from '../src/api.ts';
import type { SignedIn } from '../src/protocol/rest.ts';
import { Renewal } from '../src/renewal.ts';
import { unsignedToken } from './fake-socket.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const tokenUntil = (seconds: number) => unsignedToken({ id: 'u', exp: seconds });

function signedIn(token: string): Result<SignedIn> {
  const user = { id: 'u', email: 'a@b.c', fullName: 'Ana', isActive: true };
  return { ok: true, value: { ...user, roles: ['user'], token } };
}

test('exchanges the token a minute before it ends, and then the next one', async () => {
  const [first, second, third] = [tokenUntil(7200), tokenUntil(14_000), tokenUntil(20_000)];
  const fresh = new Map([
    [first, second],
    [second, third],
  ]);
  const renewed = vi.fn();
  const renewal = new Renewal(async (token) => signedIn(fresh.get(token) ?? ''), renewed);

  renewal.watch(first);
  await vi.advanceTimersByTimeAsync(7_139_999);
  expect(renewed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(renewed).toHaveBeenLastCalledWith(second, first);
  await vi.advanceTimersByTimeAsync(7_000_000);
  expect(renewed).toHaveBeenLastCalledWith(third, second);
});

test('leaves alone what is about to end, what has no end, and what it was told to stop', async () => {
  const fetchFresh = vi.fn(async () => signedIn(''));
  const renewal = new Renewal(fetchFresh, vi.fn());
  renewal.watch(tokenUntil(30));
  await vi.advanceTimersByTimeAsync(100_000);
  renewal.watch('no token at all');
  await vi.advanceTimersByTimeAsync(100_000);
  renewal.watch(tokenUntil(7200));
  renewal.stop();
  await vi.advanceTimersByTimeAsync(10_000_000);
  expect(fetchFresh).not.toHaveBeenCalled();
});

test('an answer that comes after a stop is dropped', async () => {
  const renewed = vi.fn();
  let answer: (result: Result<SignedIn>) => void = () => undefined;
  const pending = new Promise<Result<SignedIn>>((resolve) => {
    answer = resolve;
  });
  const renewal = new Renewal(() => pending, renewed);
  renewal.watch(tokenUntil(7200));
  await vi.advanceTimersByTimeAsync(7_140_000);
  renewal.stop();
  answer(signedIn(tokenUntil(14_000)));
  await vi.advanceTimersByTimeAsync(0);
  expect(renewed).not.toHaveBeenCalled();
});
