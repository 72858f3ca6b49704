import type { components } from './openapi.ts';

type Schemas = components['schemas'];

/** Body of `POST /api/auth/login`. */
export type Credentials = Schemas['Credentials'];

/** Body of `POST /api/auth/register`. */
export type Registration = Schemas['Registration'];

/** Answer of login, registration and `GET /api/auth/check-status`. */
export type SignedIn = Schemas['SignedIn'];

/** Body of every answer that is an error; an array for validation only. */
export type ErrorBody = Schemas['Error'];

/** One element of the answer of `GET /api/rooms`. */
export type ListedRoom = Schemas['Room'];
