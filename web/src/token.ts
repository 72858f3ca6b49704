/** What a token says of itself. Unverified: good for showing and timing things, for nothing else. */
export interface Claims {
  userId: string | undefined;
  /** Milliseconds since 1970. */
  expiresAtMs: number | undefined;
}

/** Reads a JWT without verifying it; a text that is none has no claims. */
export function readClaims(token: string): Claims {
  const payload = decodePayload(token);
  const { id, exp } = payload;
  return {
    userId: typeof id === 'string' ? id : undefined,
    expiresAtMs: typeof exp === 'number' ? exp * 1000 : undefined,
  };
}

function decodePayload(token: string): { id?: unknown; exp?: unknown } {
  try {
    const base64 = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === 'object' && payload !== null ? payload : {};
  } catch {
    return {};
  }
}
