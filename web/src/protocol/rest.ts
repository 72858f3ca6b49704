// Written by hand for now; to be generated from the server's types in a later issue.

/** Body of `POST /api/auth/login`. */
export interface Credentials {
  email: string;
  password: string;
}

/** Body of `POST /api/auth/register`. */
export interface Registration extends Credentials {
  fullName: string;
}

/** Answer of login, registration and `GET /api/auth/check-status`. */
export interface SignedIn {
  id: string;
  email: string;
  fullName: string;
  isActive: boolean;
  roles: string[];
  token: string;
}

/** One element of the answer of `GET /api/clients`: a connected socket. */
export interface ConnectedClient {
  /** The socket's id. */
  id: string;
  userId: string;
  fullName: string;
  /** RFC 3339, UTC. */
  connectedAt: string;
}

/** Body of every answer that is an error; an array for validation only. */
export interface ErrorBody {
  message: string | string[];
  statusCode: number;
}
