// Written by hand for now; to be generated from the server's types in a later issue.

/** Why a connection is not accepted. */
export const REFUSALS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'user_unknown',
  'user_inactive',
  'session_limit',
] as const;

/** Why the server ends a connection that it had accepted. */
export const ENDINGS = ['session_replaced', 'token_expired', 'user_inactive', 'kicked'] as const;

/** Why an event is not carried out; the connection goes on. */
export const ANSWERS = [
  'invalid_payload',
  'too_large',
  'rate_limited',
  'forbidden',
  'not_found',
  'unavailable',
  'internal',
] as const;

/** The closed list of codes that the server gives. */
export type Code = (typeof REFUSALS)[number] | (typeof ENDINGS)[number] | (typeof ANSWERS)[number];
