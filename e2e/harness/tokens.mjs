// @ts-check
import { createHmac } from "node:crypto";
import { SECRET } from "./server.mjs";

/** @param {unknown} value */
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Seconds since the epoch. */
export const now = () => Math.floor(Date.now() / 1000);

/**
 * The signature of a token's first two parts.
 * @param {string} text
 */
export const sign = (text, secret = SECRET, hash = "sha256") =>
  createHmac(hash, secret).update(text).digest("base64url");

/**
 * A token as the original system makes it, or with something wrong.
 * @param {Record<string, unknown>} claims
 * @param {{ secret?: string, alg?: string, hash?: string }} [options]
 */
export function mint(claims, { secret = SECRET, alg = "HS256", hash = "sha256" } = {}) {
  const text = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  return `${text}.${alg === "none" ? "" : sign(text, secret, hash)}`;
}

/**
 * The claims of a good token.
 * @param {string} id
 */
export const claims = (id, seconds = 7200) => ({ id, iat: now(), exp: now() + seconds });
