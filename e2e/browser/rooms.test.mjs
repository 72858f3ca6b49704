// @ts-check
// Rooms, direct messages, history and coming back, on the page inside the binary (contract §6).
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, open } from "../harness/browser.mjs";
import { connect } from "../harness/client.mjs";
import { connectWith, hears, say, shows } from "../harness/page.mjs";
import { start } from "../harness/server.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * The texts of the messages that are shown, in order.
 * @param {Page} page
 * @param {string[]} texts
 */
async function reads(page, texts) {
  const wanted = JSON.stringify(texts);
  try {
    await page.waitForFunction((wanted) => {
      const items = [...document.querySelectorAll("#messages-ul > li:not([data-state]) > span")];
      return JSON.stringify(items.map((item) => item.textContent)) === wanted;
    }, wanted);
  } catch (error) {
    const seen = await page.locator("#messages-ul > li").allTextContents();
    throw new Error(`wanted ${wanted}, seen ${JSON.stringify(seen)}`, { cause: error });
  }
}

/**
 * Waits until a room is listed with so many unread messages.
 * @param {Page} page
 * @param {string} title
 * @param {number} count
 */
async function unread(page, title, count) {
  const mark = page.locator("#rooms-ul button").filter({ hasText: title }).locator(".mark");
  await mark.filter({ hasText: count === 0 ? /^$/ : new RegExp(`^${count}$`) }).waitFor({
    state: "attached",
  });
}

/** @param {Page} page @param {string} title */
async function choose(page, title) {
  await page.locator("#rooms-ul button").filter({ hasText: title }).click();
  await shows(page, "#room-title", title);
}

/** @param {Page} page @param {string} name */
async function join(page, name) {
  await page.fill("#room-input", name);
  await page.press("#room-input", "Enter");
  await shows(page, "#room-title", name);
}

/**
 * Says so many things in the lobby, one after the other.
 * @param {import("../harness/client.mjs").Client} client
 * @param {number} count
 */
async function chatter(client, count) {
  const texts = Array.from({ length: count }, (_, i) => `line ${i + 1}`);
  for (const message of texts) await client.socket.emitWithAck("message-from-client", { message });
  return texts;
}

test("two people talk in a room, and see who is in it and who is writing", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const chromium = await browser(t);
  const [first, second] = [await open(chromium, server.url), await open(chromium, server.url)];
  await connectWith(first.page, ada.token);
  await connectWith(second.page, bob.token);
  await join(first.page, "ventas");
  await say(first.page, "anyone here?");
  await hears(first.page, "Ada", "anyone here?");
  await join(second.page, "ventas");
  await reads(second.page, ["anyone here?"]);

  await second.page.fill("#message-input", "me");
  await shows(first.page, "#typing-note", "Bob is writing…");
  await choose(first.page, "Lobby");
  await shows(first.page, "#typing-note", "");
  await say(second.page, "me");
  await hears(second.page, "Bob", "me");
  await unread(first.page, "ventas", 1);
  await reads(first.page, []);
  await choose(first.page, "ventas");
  await reads(first.page, ["anyone here?", "me"]);
  await unread(first.page, "ventas", 0);

  await first.page.click("#members summary");
  await first.page.locator("#members-ul li").nth(1).waitFor();
  assert.deepEqual(await first.page.locator("#members-ul li").allTextContents(), ["Ada", "Bob"]);
  await first.page.click("#btn-leave-room");
  await shows(first.page, "#room-title", "Lobby");
  await say(second.page, "she is gone");
  await hears(second.page, "Bob", "she is gone");
  assert.deepEqual(await first.page.locator("#rooms-ul .name").allTextContents(), ["Lobby"]);
  assert.deepEqual([...first.errors, ...second.errors], []);
});

test("a direct message arrives with a mark, and is answered among the two", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const eve = await connect(t, server.url, (await server.register("Eve")).token);
  const chromium = await browser(t);
  const [first, second] = [await open(chromium, server.url), await open(chromium, server.url)];
  await connectWith(first.page, ada.token);
  await connectWith(second.page, bob.token);
  await first.page.locator("#clients-ul button", { hasText: "Bob" }).click();
  await shows(first.page, "#room-title", "Bob");
  await say(first.page, "between us");
  await hears(first.page, "Ada", "between us");
  await unread(second.page, "Ada", 1);
  assert.match(await second.page.title(), /^\(1\) /);
  await reads(second.page, []);
  await choose(second.page, "Ada");
  await reads(second.page, ["between us"]);
  await unread(second.page, "Ada", 0);
  await second.page.fill("#message-input", "in");
  await shows(first.page, "#typing-note", "Bob is writing…");
  await say(second.page, "indeed");
  await hears(first.page, "Bob", "indeed");
  await reads(first.page, ["between us", "indeed"]);
  eve.socket.emit("message-from-client", { message: "alone" });
  const [heard] = await eve.event("message-from-server");
  assert.deepEqual(heard, { fullName: "Eve", message: "alone" });
});

test("scrolling up loads what was said before, and keeps the reader's place", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const bobs = await connect(t, server.url, bob.token);
  const texts = await chatter(bobs, 130);
  const chromium = await browser(t);
  const { page, errors } = await open(chromium, server.url);
  await connectWith(page, ada.token);
  await reads(page, texts.slice(-50));
  const log = page.locator("#messages");
  await page.waitForFunction(() => {
    const log = /** @type {HTMLElement} */ (document.querySelector("#messages"));
    return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  });
  /** Where the first line of the newest page is, on the screen. */
  const place = () => page.locator("#messages-ul > li", { hasText: "line 81" }).boundingBox();
  await log.evaluate((element) => element.scrollTo(0, 100));
  const before = await place();
  await reads(page, texts.slice(-100));
  const after = await place();
  assert.ok(Math.abs((before?.y ?? 0) - (after?.y ?? 1e9)) < 2, `${before?.y} → ${after?.y}`);

  await bobs.socket.emitWithAck("message-from-client", { message: "just now" });
  await page.locator("#btn-newest:visible").waitFor();
  assert.ok(Math.abs((await place())?.y ?? 1e9) < 1e5);
  await log.evaluate((element) => element.scrollTo(0, 0));
  await reads(page, [...texts, "just now"]);
  await page.click("#btn-newest");
  await page.waitForFunction(() => {
    const log = /** @type {HTMLElement} */ (document.querySelector("#messages"));
    return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  });
  assert.deepEqual(errors, []);
});

test("after a restart the page comes back by itself with what it missed, in order and once", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const chromium = await browser(t);
  const { page, errors } = await open(chromium, server.url);
  await connectWith(page, ada.token);
  await join(page, "ventas");
  const before = await connect(t, server.url, bob.token);
  await before.socket.emitWithAck("join-room", { room: "ventas" });
  await before.socket.emitWithAck("message-from-client", { message: "one", room: "ventas" });
  await reads(page, ["one"]);
  before.socket.close();

  await page.context().setOffline(true);
  await server.program.stop("SIGKILL");
  await page.locator('body[data-state="reconnecting"]').waitFor({ state: "attached" });
  await shows(page, "#server-status", "disconnected");
  await page.locator("#connection-note").filter({ hasText: "Reconnecting" }).waitFor();
  server.program = server.spawn(new URL(server.url).port);
  await server.ready();
  const after = await connect(t, server.url, bob.token);
  for (const message of ["two", "three"]) {
    await after.socket.emitWithAck("message-from-client", { message, room: "ventas" });
  }
  await after.socket.emitWithAck("message-from-client", { message: "in the lobby" });
  await page.context().setOffline(false);

  await shows(page, "#server-status", "connected");
  await reads(page, ["one", "two", "three"]);
  await unread(page, "Lobby", 1);
  await after.socket.emitWithAck("message-from-client", { message: "four", room: "ventas" });
  await reads(page, ["one", "two", "three", "four"]);
  await say(page, "back again");
  await hears(page, "Ada", "back again");
  assert.deepEqual(errors, []);
});

test("what was begun in a room stays there, and what was refused is given back", async (t) => {
  const server = await start(t, { TERTULIA_MESSAGES__MAX_LENGTH: "20" });
  const ada = await server.register("Ada");
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  await connectWith(page, ada.token);
  await page.fill("#message-input", "for the lobby");
  await join(page, "ventas");
  assert.equal(await page.inputValue("#message-input"), "");
  await choose(page, "Lobby");
  assert.equal(await page.inputValue("#message-input"), "for the lobby");

  await page.fill("#message-input", "much too long for a room");
  await page.press("#message-input", "Enter");
  await page.locator('#messages-ul > li[data-state="failed"] em', { hasText: "too long" }).waitFor();
  assert.equal(await page.inputValue("#message-input"), "much too long for a room");
  await say(page, "short");
  await reads(page, ["short"]);
  assert.equal(await page.locator('#messages-ul > li[data-state="failed"]').count(), 0);
});

test("another page knows the conversations and what is unread in them", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("Ada"), await server.register("Bob")];
  const chromium = await browser(t);
  const first = await open(chromium, server.url);
  await connectWith(first.page, ada.token);
  await join(first.page, "ventas");
  const bobs = await connect(t, server.url, bob.token);
  await bobs.socket.emitWithAck("join-room", { room: "ventas" });
  await first.page.close();
  await bobs.socket.emitWithAck("message-from-client", { message: "one", room: "ventas" });
  const to = { userId: ada.id };
  await bobs.socket.emitWithAck("direct-message", { to, message: "two" });

  const page = await first.page.context().newPage();
  await page.goto(server.url);
  await connectWith(page, ada.token);
  await unread(page, "Bob", 1);
  await unread(page, "ventas", 1);
});

test("with rooms and a conversation nothing is wider than a small phone", async (t) => {
  const server = await start(t);
  const [ada, bob] = [await server.register("A".repeat(60)), await server.register("Bob")];
  const bobs = await connect(t, server.url, bob.token);
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url, { viewport: { width: 360, height: 640 } });
  await connectWith(page, ada.token);
  const long = "a-room-with-a-very-long-name-that-does-not-fit-on-a-small-phone";
  for (const name of ["ventas", long]) await join(page, name);
  await bobs.socket.emitWithAck("direct-message", { to: { userId: ada.id }, message: "hola" });
  await unread(page, "Bob", 1);
  await say(page, "w".repeat(300));
  await reads(page, ["w".repeat(300)]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0);
});
