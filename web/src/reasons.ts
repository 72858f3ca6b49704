import type { Code } from './protocol/events.ts';

/** What went wrong. `code` is a `Code`, or one that a newer server knows and this page does not. */
export interface Problem {
  code?: string | undefined;
  message?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
}

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

/** Codes whose cause only the server's own words tell, such as how long a message may be. */
const DETAILED: ReadonlySet<string> = new Set<Code>(['invalid_payload', 'too_large']);

/** What to tell people; a newer server may know more codes, then its own words have to do. */
export function explain({ code, message, retryAfter }: Problem): string {
  if (code === undefined || !isCode(code)) {
    return message || 'The server gave no reason.';
  }
  if (code === 'rate_limited' && retryAfter !== undefined && retryAfter > 1) {
    return `That was too fast. Try again in ${retryAfter} seconds.`;
  }
  return DETAILED.has(code) && message ? `${TEXTS[code]} (${message})` : TEXTS[code];
}

/** Why a connection was lost that is being made again: for what Socket.IO calls it. */
export function explainLoss(reason: string): string {
  if (!navigator.onLine) return 'This device is offline.';
  switch (reason) {
    case 'ping timeout':
      return 'The server has stopped answering.';
    case 'unreachable':
      return 'The server cannot be reached.';
    default:
      return 'The connection was lost.';
  }
}

function isCode(code: string): code is Code {
  return Object.hasOwn(TEXTS, code);
}
