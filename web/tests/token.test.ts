import { expect, test } from 'vitest';
import { readClaims } from '../src/token.ts';
import { unsignedToken } from './fake-socket.ts';

test('reads whose token it is and when it ends', () => {
  const token = unsignedToken({ id: 'ñ-1', exp: 12 });
  expect(readClaims(token)).toEqual({ userId: 'ñ-1', expiresAtMs: 12_000 });
});

test.each(['', 'x', 'a.b.c', 'a.!!.c', `a.${btoa('null')}.c`, unsignedToken({ id: 1, exp: 'x' })])(
  'finds no claims in %j',
  (token) => {
    expect(readClaims(token)).toEqual({ userId: undefined, expiresAtMs: undefined });
  },
);
