import { type Code, ENDINGS, REFUSALS } from './protocol/codes.ts';
import type { Problem } from './protocol/events.ts';

/** What people read for each code. */
const TEXTS: Record<Code, string> = {
  token_missing: 'No token was sent. Sign in, or paste a token.',
  token_invalid: 'This token is not valid here. Sign in again, or paste another one.',
  token_expired: 'Your sign-in has expired. Please sign in again.',
  user_unknown: 'The account of this token no longer exists.',
  user_inactive: 'This account is deactivated. Please talk to an administrator.',
  session_limit: 'This account has too many open connections. Close one and try again.',
  session_replaced: 'You connected somewhere else, so this connection was closed.',
  kicked: 'You were disconnected by an administrator.',
  invalid_payload: 'The server did not understand the message.',
  too_large: 'The message is too long.',
  rate_limited: 'That was too fast. Wait a moment and try again.',
  forbidden: 'You are not allowed to do that.',
  not_found: 'That does not exist, or no longer does.',
  unavailable: 'The server is busy. Try again in a moment.',
  internal: 'Something went wrong on the server. Try again in a moment.',
};

const CLOSING: ReadonlySet<string> = new Set([...REFUSALS, ...ENDINGS]);

/** Codes whose cause only the server's own words tell, such as how long a message may be. */
const DETAILED: ReadonlySet<string> = new Set<Code>(['invalid_payload', 'too_large']);

/** What to tell people; a newer server may know more codes, then its own words have to do. */
export function explain({ code, message }: Partial<Problem>): string {
  if (code === undefined || !isCode(code)) {
    return message || 'The server gave no reason.';
  }
  return DETAILED.has(code) && message ? `${TEXTS[code]} (${message})` : TEXTS[code];
}

/** Whether the server closes the connection after an `exception` with this code. */
export function closesConnection(code: string | undefined): boolean {
  return code !== undefined && CLOSING.has(code);
}

function isCode(code: string): code is Code {
  return Object.hasOwn(TEXTS, code);
}
