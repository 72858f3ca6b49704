// @ts-check
// The page inside the binary, in a real browser (contract §6).
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, open } from "../harness/browser.mjs";
import { within } from "../harness/deadline.mjs";
import { connectWith, hears, people, say, shows, signIn } from "../harness/page.mjs";
import { start } from "../harness/server.mjs";
import { claims, mint } from "../harness/tokens.mjs";

const ADA = "test1@google.com";
const BOB = "test2@google.com";

test("two people sign in, see each other and talk", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const ada = await open(chromium, server.url);
  await shows(ada.page, "#server-status", "offline");
  await signIn(ada.page, ADA);
  await shows(ada.page, "#server-status", "connected");
  assert.match(await ada.page.inputValue("#jwt-token"), /^[\w-]+\.[\w-]+\.[\w-]+$/);
  await people(ada.page, ["Test One (you)"]);

  const bob = await open(chromium, server.url);
  await signIn(bob.page, BOB);
  await people(ada.page, ["Test One (you)", "Test Two"]);
  await people(bob.page, ["Test One", "Test Two (you)"]);

  await say(ada.page, "hola");
  for (const { page } of [ada, bob]) await hears(page, "Test One", "hola");
  await say(bob.page, "¿qué tal?");
  for (const { page } of [ada, bob]) await hears(page, "Test Two", "¿qué tal?");
  assert.equal(await ada.page.locator("#messages-ul > li").count(), 2, "once each");

  await ada.page.fill("#message-input", "well");
  await shows(bob.page, "#typing-note", "Test One is writing…");
  assert.equal(await ada.page.locator("#typing-note").textContent(), "");
  await say(ada.page, "well");
  await hears(bob.page, "Test One", "well");
  await shows(bob.page, "#typing-note", "");

  await bob.page.context().close();
  await people(ada.page, ["Test One (you)"]);
  assert.deepEqual(ada.errors, []);
});

test("who connects a second time ends the first connection, which says why", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const first = await open(chromium, server.url);
  await signIn(first.page, ADA);
  await shows(first.page, "#server-status", "connected");
  const second = await open(chromium, server.url);
  await signIn(second.page, ADA);
  await shows(second.page, "#server-status", "connected");
  await shows(first.page, "#server-status", "disconnected");
  const note = await first.page.locator("#connection-note").textContent();
  assert.match(note ?? "", /\w+/);
  await people(second.page, ["Test One (you)"]);
  await say(second.page, "still here");
  await hears(second.page, "Test One", "still here");
});

test("connecting again with another token replaces the socket and doubles nothing", async (t) => {
  const server = await start(t);
  const [one, two] = [await server.register("One"), await server.register("Two")];
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  await connectWith(page, one.token);
  await people(page, ["One (you)"]);
  await connectWith(page, two.token);
  await people(page, ["Two (you)"]);
  await connectWith(page, two.token);
  await people(page, ["Two (you)"]);
  await say(page, "only once");
  await hears(page, "Two", "only once");
  await say(page, "twice");
  await hears(page, "Two", "twice");
  assert.equal(await page.locator("#messages-ul > li").count(), 2);
});

test("hostile names and messages are text", async (t) => {
  const server = await start(t);
  const hostile = '<img src=x onerror="document.title=1">';
  const eve = await server.register(hostile);
  const chromium = await browser(t);
  const { page, errors } = await open(chromium, server.url);
  const title = await page.title();
  await connectWith(page, eve.token);
  await people(page, [`${hostile} (you)`]);
  const message = `<script>document.title=2</script>${hostile}`;
  await say(page, message);
  await hears(page, hostile, message);
  assert.equal(await page.locator("#messages-ul img, #messages-ul script, #clients-ul img").count(), 0);
  assert.equal(await page.title(), title);
  assert.deepEqual(errors, []);
});

test("the page says why a token is refused", async (t) => {
  const server = await start(t);
  const user = await server.register();
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  for (const [token, why] of /** @type {const} */ ([
    ["nonsense", /token is not valid/],
    [mint(claims(user.id, -60)), /has expired/],
  ])) {
    await connectWith(page, token);
    await page.locator("#connection-note").filter({ hasText: why }).waitFor();
    await shows(page, "#server-status", "disconnected");
  }
});

test("an empty token is asked for, blanks are not sent, a wrong password says so", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  const dialog = within(
    new Promise((resolve) =>
      page.once("dialog", async (asked) => {
        await asked.accept();
        resolve(asked.message());
      }),
    ),
    "the alert",
  );
  await connectWith(page, "   ");
  assert.equal(await dialog, "Enter a valid JWT");

  await signIn(page, ADA, "Wrong123");
  await page.locator("#sign-in-error").filter({ hasText: /\w/ }).waitFor();
  await signIn(page, ADA);
  await shows(page, "#server-status", "connected");
  await page.fill("#message-input", "   ");
  await page.press("#message-input", "Enter");
  await say(page, "words");
  await hears(page, "Test One", "words");
  assert.equal(await page.locator("#messages-ul > li").count(), 1);
});

test("a restart of the server is seen, and the page comes back by itself", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  await signIn(page, ADA);
  await shows(page, "#server-status", "connected");
  const state = (/** @type {string} */ name) =>
    page.locator(`body[data-state="${name}"]`).waitFor({ state: "attached" });
  assert.equal(await server.program.stop(), 0);
  await state("reconnecting");
  server.program = server.spawn(new URL(server.url).port);
  await server.ready();
  await state("connected");
  await people(page, ["Test One (you)"]);
});

test("usable by keyboard alone, and on a phone", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const phone = { viewport: { width: 360, height: 640 }, colorScheme: /** @type {const} */ ("dark") };
  const { page } = await open(chromium, server.url, phone);
  await page.focus("#email");
  await page.keyboard.type(ADA);
  await page.keyboard.press("Tab");
  await page.keyboard.type("Abc123");
  await page.keyboard.press("Enter");
  await shows(page, "#server-status", "connected");
  await say(page, "from the phone");
  await hears(page, "Test One", "from the phone");
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0, "nothing is wider than the screen");
});

test("the page goes on with fresh tokens, and stays connected past the life of the first", async (t) => {
  const server = await start(t, {
    TERTULIA_AUTH__TOKEN_TTL: "4s",
    TERTULIA_AUTH__EXPIRY_GRACE: "0s",
  });
  const chromium = await browser(t);
  const { page } = await open(chromium, server.url);
  await signIn(page, ADA);
  await shows(page, "#server-status", "connected");
  const first = await page.inputValue("#jwt-token");
  const { exp } = JSON.parse(Buffer.from(first.split(".")[1], "base64url").toString());
  await page.evaluate(() => {
    /** @type {(string | undefined)[]} */
    const states = [];
    const watch = new MutationObserver(() => states.push(document.body.dataset.state));
    watch.observe(document.body, { attributeFilter: ["data-state"] });
    Object.assign(window, { states });
  });
  // Past the end of the first token, and until the token after that was replaced as well.
  await page.waitForFunction(
    ({ exp }) => {
      const token = document.querySelector("#jwt-token");
      const claims = JSON.parse(atob(/** @type {HTMLInputElement} */ (token).value.split(".")[1]));
      return Date.now() > exp * 1000 && claims.iat > exp;
    },
    { exp },
  );
  await say(page, "still here");
  await hears(page, "Test One", "still here");
  assert.deepEqual(await page.evaluate(() => Reflect.get(window, "states")), []);
  const { body } = await server.api("clients", { token: await page.inputValue("#jwt-token") });
  assert.equal(body.length, 1, "it is one and the same connection");
});
