import type {
  Credentials,
  ErrorBody,
  ListedRoom,
  Registration,
  SignedIn,
} from './protocol/rest.ts';

/** `status` is 0 if there was no answer; `why` can be shown as it is. */
export type Result<T> = { ok: true; value: T } | { ok: false; status: number; why: string };

const TIMEOUT_MS = 15_000;

export function login(credentials: Credentials): Promise<Result<SignedIn>> {
  return post('/api/auth/login', credentials);
}

export function register(registration: Registration): Promise<Result<SignedIn>> {
  return post('/api/auth/register', registration);
}

/** The same user with a fresh token. */
export function checkStatus(token: string): Promise<Result<SignedIn>> {
  return request('/api/auth/check-status', { headers: bearer(token) });
}

/** The rooms of the user, those that they may join, and those whom they talk to. */
export function listRooms(token: string): Promise<Result<ListedRoom[]>> {
  return request('/api/rooms', { headers: bearer(token) });
}

function post<T>(path: string, body: object): Promise<Result<T>> {
  return request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** Never rejects. Trusts the server with the shape of its successful answers. */
async function request<T>(path: string, init: RequestInit): Promise<Result<T>> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(path, { ...init, signal, cache: 'no-store' });
    if (response.ok) return { ok: true, value: (await response.json()) as T };
    return { ok: false, status: response.status, why: await reasonOf(response) };
  } catch {
    return { ok: false, status: 0, why: 'The server did not answer. Is it running?' };
  }
}

async function reasonOf(response: Response): Promise<string> {
  const body: Partial<ErrorBody> | null = await response.json().catch(() => null);
  const message = body?.message;
  const lines = Array.isArray(message) ? message : [message];
  const text = lines.filter((line) => typeof line === 'string' && line !== '').join('\n');
  return text || `The server answered with an error (${response.status}).`;
}
