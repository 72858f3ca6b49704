// @ts-check
/** How long a test waits for anything that should happen soon, in milliseconds. */
export const SOON_MS = 10_000;

/**
 * The promise's value, or an error that says what did not happen in time.
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @param {number} [millis]
 * @returns {Promise<T>}
 */
export function within(promise, what, millis = SOON_MS) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${millis} ms: ${what}`)), millis);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
