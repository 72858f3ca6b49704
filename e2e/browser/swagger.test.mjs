// @ts-check
// The page of the API inside the binary, in a real browser (contract §3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, open } from "../harness/browser.mjs";
import { start } from "../harness/server.mjs";

test("the page of the API lists and tries what there is, and asks this server alone", async (t) => {
  const server = await start(t);
  const chromium = await browser(t);
  const { page, errors } = await open(chromium, "about:blank");
  /** @type {string[]} */
  const elsewhere = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== server.url) elsewhere.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`${server.url}/api`);
  await page.locator("#operations-products-listProducts").waitFor();

  const login = page.locator("#operations-auth-login");
  await login.locator(".opblock-summary-control").click();
  await login.getByRole("button", { name: "Try it out" }).click();
  const credentials = { email: "test1@google.com", password: "Abc123" };
  await login.locator("textarea").fill(JSON.stringify(credentials));
  const answered = page.waitForResponse(`${server.url}/api/auth/login`);
  await login.getByRole("button", { name: "Execute" }).click();
  assert.equal((await answered).status(), 201);
  await login.locator(".live-responses-table .response-col_status", { hasText: "201" }).waitFor();

  assert.deepEqual(elsewhere, []);
  assert.deepEqual(errors, []);
});
