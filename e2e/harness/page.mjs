// @ts-check
import assert from "node:assert/strict";

/**
 * Waits until an element shows exactly this text.
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 * @param {string} text
 */
export async function shows(page, selector, text) {
  await page
    .locator(selector)
    .filter({ hasText: new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`) })
    .first()
    .waitFor({ state: "attached" });
}

/**
 * Signs in with the form of the page.
 * @param {import("playwright-core").Page} page
 * @param {string} email
 */
export async function signIn(page, email, password = "Abc123") {
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.click("#btn-sign-in");
}

/**
 * Pastes a token and connects.
 * @param {import("playwright-core").Page} page
 * @param {string} token
 */
export async function connectWith(page, token) {
  await page.fill("#jwt-token", token);
  await page.click("#btn-connect");
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} text
 */
export async function say(page, text) {
  await page.fill("#message-input", text);
  await page.press("#message-input", "Enter");
  await page.waitForFunction(() => {
    const input = document.querySelector("#message-input");
    return /** @type {HTMLInputElement} */ (input).value === "";
  });
}

/**
 * Waits for a message that was published, whose name and text are shown as text.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string} text
 */
export async function hears(page, name, text) {
  const message = page.locator("#messages-ul > li:not([data-state])", { hasText: text }).last();
  await message.waitFor();
  assert.equal(await message.locator("strong").textContent(), name);
  assert.equal(await message.locator("span").first().textContent(), text);
}

/**
 * Waits until exactly these names are listed.
 * @param {import("playwright-core").Page} page
 * @param {string[]} names
 */
export async function people(page, names) {
  await page.waitForFunction((wanted) => {
    const items = [...document.querySelectorAll("#clients-ul > li")];
    return JSON.stringify(items.map((item) => item.textContent?.trim())) === wanted;
  }, JSON.stringify(names));
}
