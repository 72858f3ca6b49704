import { expect, test } from 'vitest';
import { ANSWERS, ENDINGS, REFUSALS } from '../src/protocol/events.ts';
import { explain } from '../src/reasons.ts';

test.each([...REFUSALS, ...ENDINGS, ...ANSWERS])('%s has a sentence of its own', (code) => {
  expect(explain({ code })).toMatch(/^[A-Z].*\.$/);
  expect(explain({ code })).not.toContain(code);
});

test('a code of a newer server is told in the words of the server', () => {
  expect(explain({ code: 'on_fire', message: 'The room is on fire' })).toBe('The room is on fire');
  expect(explain({ code: 'toString', message: 'odd' })).toBe('odd');
  expect(explain({})).toBe('The server gave no reason.');
});

test('the server says how long a message may be', () => {
  expect(explain({ code: 'too_large', message: 'at most 10' })).toContain('(at most 10)');
});

test('the server says for how long to wait', () => {
  expect(explain({ code: 'rate_limited', retryAfter: 12 })).toContain('in 12 seconds');
  expect(explain({ code: 'rate_limited', retryAfter: 1 })).toContain('Wait a moment');
});
