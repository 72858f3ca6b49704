// @ts-check
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { SOON_MS } from "./deadline.mjs";

const candidates = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => [
  `/usr/bin/${name}`,
  `/usr/local/bin/${name}`,
]);

/** The browser speaks to this machine alone. */
const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/**
 * Starts the system's Chromium, and ends it after the test.
 * @param {{ after: (end: () => Promise<void>) => void }} t
 */
export async function browser(t) {
  const executablePath = process.env.CHROMIUM ?? candidates.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("Chromium is not installed");
  const isRoot = process.getuid?.() === 0;
  const args = isRoot ? [...quiet, "--no-sandbox"] : quiet;
  const started = await chromium.launch({ executablePath, args });
  t.after(() => started.close());
  return started;
}

/**
 * A page in a context of its own; what goes wrong in it fails the test.
 * @param {import("playwright-core").Browser} started
 * @param {string} url
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function open(started, url, options = {}) {
  const context = await started.newContext(options);
  context.setDefaultTimeout(SOON_MS);
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}
