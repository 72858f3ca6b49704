// @ts-check
// The client of the seed, with its own calls, on a page of another origin.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { test } from "node:test";
import { browser, open } from "../harness/browser.mjs";
import { hears, shows } from "../harness/page.mjs";
import { start } from "../harness/server.mjs";

const page = `<!doctype html>
<title>Seed</title>
<input id="jwt-token"><button id="btn-connect">Connect</button>
<span id="server-status">offline</span>
<ul id="clients-ul"></ul>
<form id="message-form"><input id="message-input"></form>
<ul id="messages-ul"></ul>
<script src="/socket.io.js"></script>
<script src="/client.js"></script>`;

/**
 * What the seed's client does, call by call; only the port is the test's.
 * @param {string} host
 */
const client = (host) => `
const by = (id) => document.getElementById(id);
let socket;
by("btn-connect").addEventListener("click", () => {
  const manager = new io.Manager("${host}/socket.io/socket.io.js", {
    extraHeaders: { authentication: by("jwt-token").value },
  });
  socket?.removeAllListeners();
  socket = manager.socket("/");
  socket.on("connect", () => { by("server-status").textContent = "connected"; });
  socket.on("disconnect", () => { by("server-status").textContent = "disconnected"; });
  socket.on("clients-updated", (clients) => {
    by("clients-ul").replaceChildren(...clients.map((id) => {
      const item = document.createElement("li");
      item.textContent = id;
      return item;
    }));
  });
  socket.on("message-from-server", (payload) => {
    const item = document.createElement("li");
    const [name, text] = [document.createElement("strong"), document.createElement("span")];
    name.textContent = payload.fullName;
    text.textContent = payload.message;
    item.append(name, text);
    by("messages-ul").append(item);
  });
});
by("message-form").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("message-from-client", { id: "YO!", message: by("message-input").value });
  by("message-input").value = "";
});`;

test("the seed's client works from another origin", async (t) => {
  const server = await start(t);
  const user = await server.register("Semilla");
  const bundle = new URL("../node_modules/socket.io-client/dist/socket.io.js", import.meta.url);
  const script = await readFile(bundle);
  // The seed leaves the scheme out: `localhost:3000/socket.io/socket.io.js`.
  const { host } = new URL(server.url);
  const files = new Map([
    ["/", ["text/html", page]],
    ["/client.js", ["text/javascript", client(host)]],
    ["/socket.io.js", ["text/javascript", script]],
  ]);
  const origin = createServer((request, response) => {
    const [type, body] = files.get(request.url ?? "") ?? ["text/plain", ""];
    response.setHeader("Content-Type", `${type}; charset=utf-8`);
    response.end(body);
  }).listen(0, "127.0.0.1");
  await once(origin, "listening");
  t.after(() => {
    origin.closeAllConnections();
    origin.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (origin.address());
  const chromium = await browser(t);
  const seed = await open(chromium, `http://127.0.0.1:${port}/`);
  await seed.page.fill("#jwt-token", user.token);
  await seed.page.click("#btn-connect");
  await shows(seed.page, "#server-status", "connected");
  await seed.page.locator("#clients-ul > li").first().waitFor();
  await seed.page.fill("#message-input", "hola");
  await seed.page.press("#message-input", "Enter");
  await hears(seed.page, "Semilla", "hola");
});
