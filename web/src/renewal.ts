import type { Result } from './api.ts';
import type { SignedIn } from './protocol/rest.ts';
import { readClaims } from './token.ts';

/** How long before its end a token is exchanged for a fresh one. */
const MARGIN_MS = 60_000;

/** The longest delay that a browser's timer can take is about 24 days. */
const MAX_DELAY_MS = 24 * 60 * 60 * 1000;

/**
 * Exchanges the token for a fresh one before it expires, for as long as the page is connected: when
 * the server says that it is time, or by the page's own clock. By that, a token that has less than a
 * minute to live is left alone.
 */
export class Renewal {
  readonly #fetchFresh: (token: string) => Promise<Result<SignedIn>>;
  readonly #renewed: (fresh: string, old: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The token that is watched; an answer for another one comes too late. */
  #token: string | undefined;
  /** The token that is being exchanged. */
  #renewing: string | undefined;

  constructor(
    fetchFresh: (token: string) => Promise<Result<SignedIn>>,
    renewed: (fresh: string, old: string) => void,
  ) {
    this.#fetchFresh = fetchFresh;
    this.#renewed = renewed;
  }

  watch(token: string): void {
    this.stop();
    const { expiresAtMs } = readClaims(token);
    if (expiresAtMs === undefined) return;
    this.#token = token;
    const delayMs = expiresAtMs - MARGIN_MS - Date.now();
    if (delayMs <= 0) return;
    this.#timer =
      delayMs > MAX_DELAY_MS
        ? setTimeout(() => this.watch(token), MAX_DELAY_MS)
        : setTimeout(() => void this.#renew(token), delayMs);
  }

  /** Exchanges the token now. */
  renewNow(): void {
    if (this.#token !== undefined) void this.#renew(this.#token);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#token = undefined;
  }

  async #renew(token: string): Promise<void> {
    if (this.#renewing === token) return;
    this.#renewing = token;
    const answer = await this.#fetchFresh(token);
    this.#renewing = undefined;
    // If it failed, the token runs out and the server says so: no need to guess why here.
    if (!answer.ok || this.#token !== token) return;
    this.watch(answer.value.token);
    this.#renewed(answer.value.token, token);
  }
}
