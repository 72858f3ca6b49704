// @ts-check
// The browser bundle of socket.io-client 4.8 on pages of Chromium.
import { fileURLToPath } from "node:url";
import { browser } from "../../harness/browser.mjs";
import { Registry } from "./remote.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} Context */

const scripts = ["../../node_modules/socket.io-client/dist/socket.io.js", "page.js"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const registry = new Registry();
/** The browser, started for the first test that asks. @type {Promise<Context> | undefined} */
let context;
/** @type {(() => Promise<void>)[]} */
const ends = [];
/** One page for each server of a test, on the server's own origin. */
const pages = /** @type {WeakMap<object, Map<string, Promise<Page>>>} */ (new WeakMap());

async function start() {
  const started = await browser({ after: (end) => ends.push(end) });
  const context = await started.newContext();
  await context.exposeBinding("report", (_source, entries) => {
    for (const [peer, entry] of JSON.parse(entries)) registry.report(peer, entry);
  });
  return context;
}

/**
 * @param {import("./driver.mjs").Ends} t
 * @param {string} url
 */
function pageOf(t, url) {
  const ofTest = pages.get(t) ?? new Map();
  pages.set(t, ofTest);
  const page = ofTest.get(url) ?? newPage(t, url);
  ofTest.set(url, page);
  return page;
}

/**
 * @param {import("./driver.mjs").Ends} t
 * @param {string} url
 */
async function newPage(t, url) {
  context ??= start();
  const page = await (await context).newPage();
  t.after(() => page.close());
  // The server has no pages, but what it says about that is a page on its origin. One that the test
  // made up would not be, for Chromium, on this machine, and its WebSockets could not be either.
  await page.goto(`${url}/`);
  for (const path of scripts) await page.addScriptTag({ path });
  return page;
}

/** Commands for a page: those of one turn go together. @param {Page} page */
function commands(page) {
  /** @type {unknown[][]} */
  let waiting = [];
  /** @type {Promise<unknown[]>} */
  let answers;
  const flush = () => {
    const calls = waiting;
    waiting = [];
    return page.evaluate((/** @type {any} */ calls) => /** @type {any} */ (window).stock(calls), calls);
  };
  return async (/** @type {string} */ what, /** @type {unknown} */ about, /** @type {unknown} */ args) => {
    const at = waiting.push([what, about, args]) - 1;
    if (at === 0) answers = Promise.resolve().then(flush);
    return (await answers)[at];
  };
}

/** @type {import("./driver.mjs").Driver} */
export const chromium48 = {
  name: "socket.io-client 4.8 (Chromium)",
  parser: "default",
  isOrdered: true,
  reason: (reason) => reason,
  open: async (t, url, options) => {
    const page = await pageOf(t, url);
    const send = commands(page);
    const peers = registry.add(options.namespaces.length, send);
    const numbers = peers.map(({ number }) => number);
    await send("open", numbers, { url, ...options });
    return peers;
  },
  end: async () => {
    await Promise.all(ends.map((end) => end()));
  },
};
