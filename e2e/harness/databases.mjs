// @ts-check
import { Postgres } from "./postgres.mjs";
import { start } from "./server.mjs";

/** The kinds of databases that a server may have. @type {("sqlite" | "postgres")[]} */
export const databases = ["sqlite", "postgres"];

/**
 * Starts a server on an empty database of this kind, and stops both after the test.
 * @param {{ after: (end: () => Promise<void>) => void }} t
 * @param {"sqlite" | "postgres"} kind
 * @param {Parameters<typeof start>[1]} [env]
 * @param {Parameters<typeof start>[2]} [config]
 */
export async function startOn(t, kind, env = {}, config) {
  if (kind === "sqlite") return start(t, env, config);
  const { server } = await startOnPostgres(t, env, config);
  return server;
}

/**
 * The same on PostgreSQL, for tests that stop it.
 * @param {Parameters<typeof startOn>[0]} t
 * @param {Parameters<typeof start>[1]} [env]
 * @param {Parameters<typeof start>[2]} [config]
 */
export async function startOnPostgres(t, env = {}, config) {
  const postgres = await Postgres.make();
  try {
    return { server: await start(t, { ...env, DATABASE_URL: postgres.url }, config), postgres };
  } finally {
    // After the server: what ends first is what was begun to be ended first.
    t.after(() => postgres.end());
  }
}
