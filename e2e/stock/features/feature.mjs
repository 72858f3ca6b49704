// @ts-check
/**
 * Something that socket.io's users rely on, and how to see that it works.
 * @typedef {object} Feature
 * @property {string} name
 * @property {string[]} [ways] the ways to connect by which it is tested; all, unless given
 * @property {Record<string, string>} [except] drivers that cannot do it, and why
 * @property {(stage: import("../stage.mjs").Stage) => Promise<void>} run
 */
export {};
