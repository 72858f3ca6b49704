// @ts-check
// The browser bundles of socket.io-client 4.8 on pages of Chromium.
import { fileURLToPath } from "node:url";
import { browser } from "../../harness/browser.mjs";
import { Registry } from "./remote.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} Context */
/** @typedef {import("./driver.mjs").Driver} Driver */
/** @typedef {import("./driver.mjs").Ends} Ends */
/** @typedef {import("./driver.mjs").Options} Options */

/** The bundle with each parser. */
const bundles = { default: "socket.io.js", msgpack: "socket.io.msgpack.min.js" };

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

/** A browser whose pages have one of the bundles. */
class Chromium {
  isOrdered = true;
  #registry = new Registry();
  /** The browser, started for the first test that asks. @type {Promise<Context> | undefined} */
  #context;
  /** @type {(() => Promise<void>)[]} */
  #ends = [];
  /** One page for each server of a test, on the server's own origin. */
  #pages = /** @type {WeakMap<object, Map<string, Promise<Page>>>} */ (new WeakMap());

  /**
   * @param {string} name
   * @param {Driver["parser"]} parser
   */
  constructor(name, parser) {
    this.name = name;
    this.parser = parser;
  }

  async #start() {
    const started = await browser({ after: (end) => this.#ends.push(end) });
    const context = await started.newContext();
    await context.exposeBinding("report", (_source, entries) => {
      for (const [peer, entry] of JSON.parse(entries)) this.#registry.report(peer, entry);
    });
    return context;
  }

  /**
   * @param {Ends} t
   * @param {string} url
   */
  #pageOf(t, url) {
    const ofTest = this.#pages.get(t) ?? new Map();
    this.#pages.set(t, ofTest);
    const page = ofTest.get(url) ?? this.#newPage(t, url);
    ofTest.set(url, page);
    return page;
  }

  /**
   * @param {Ends} t
   * @param {string} url
   */
  async #newPage(t, url) {
    this.#context ??= this.#start();
    const page = await (await this.#context).newPage();
    t.after(() => page.close());
    // The server has no pages, but what it says about that is a page on its origin. One that the
    // test made up would not be, for Chromium, on this machine, and its WebSockets could not be
    // either.
    await page.goto(`${url}/`);
    const bundle = `../../node_modules/socket.io-client/dist/${bundles[this.parser]}`;
    for (const script of [bundle, "page.js"]) {
      await page.addScriptTag({ path: fileURLToPath(new URL(script, import.meta.url)) });
    }
    return page;
  }

  /** @type {Driver["reason"]} */
  reason(reason) {
    return reason;
  }

  /** @type {Driver["open"]} */
  async open(t, url, options) {
    const page = await this.#pageOf(t, url);
    const send = commands(page);
    const peers = this.#registry.add(options.namespaces.length, send);
    const numbers = peers.map(({ number }) => number);
    await send("open", numbers, { url, parser: this.parser, ...options });
    return peers;
  }

  async end() {
    await Promise.all(this.#ends.map((end) => end()));
  }
}

export const chromium48 = new Chromium("socket.io-client 4.8 (Chromium)", "default");
export const chromiumMsgpack48 = new Chromium(
  "socket.io-client 4.8, msgpack (Chromium)",
  "msgpack",
);
