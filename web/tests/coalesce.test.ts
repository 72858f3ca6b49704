import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { coalesce } from '../src/coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('requests during a run cause exactly one more, after the pause', async () => {
  const ends: Array<() => void> = [];
  const task = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  const request = coalesce(task, 100);

  for (let i = 0; i < 5; i++) request();
  expect(task).toHaveBeenCalledTimes(1);
  request();
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(99);
  expect(task).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(task).toHaveBeenCalledTimes(2);
  ends[1]?.();
  await vi.advanceTimersByTimeAsync(1000);
  expect(task).toHaveBeenCalledTimes(2);

  request();
  expect(task).toHaveBeenCalledTimes(3);
});
