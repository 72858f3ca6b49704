// @ts-check
// What runs on the page: the bundle's client, told what to do by `stock(command, …)`.
(() => {
  const { io, report } = /** @type {any} */ (window);
  /** @type {Map<number, any>} */
  const sockets = new Map();

  /** In pages, the msgpack parser takes a view of a buffer for an object with numbers for keys. */
  let takesViews = true;

  /** What is reported at the end of the task, all at once. @type {[number, unknown][]} */
  let entries = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    report(JSON.stringify(entries));
    entries = [];
  };

  /** @param {number} peer @param {unknown[]} entry */
  function push(peer, entry) {
    if (entries.push([peer, pack(entry)]) === 1) port2.postMessage("report");
  }

  /** @param {any} value @returns {any} */
  function pack(value) {
    if (value instanceof ArrayBuffer) {
      const characters = Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte));
      return { $bytes: btoa(characters.join("")) };
    }
    if (Array.isArray(value)) return value.map(pack);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pack(inner)]));
  }

  /** @param {any} value @returns {any} */
  function unpack(value) {
    if (Array.isArray(value)) return value.map(unpack);
    if (typeof value !== "object" || value === null) return value;
    if (typeof value.$bytes === "string") {
      const bytes = Uint8Array.from(atob(value.$bytes), (character) => character.charCodeAt(0));
      return takesViews ? bytes : bytes.buffer;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)]));
  }

  /** @param {number} peer @param {any} socket */
  function watch(peer, socket) {
    const log = (/** @type {any[]} */ ...entry) => push(peer, entry);
    const isData = (/** @type {unknown} */ value) => typeof value !== "function";
    socket.onAny((/** @type {any[]} */ ...event) => log(...event.filter(isData)));
    socket.on("question", (/** @type {any[]} */ ...args) => args.pop()(...args));
    socket.on("connect", () => log("*connect", socket.id));
    socket.on("disconnect", (/** @type {string} */ reason) => log("*disconnect", reason));
    socket.on("connect_error", (/** @type {any} */ error) => {
      log("*connect_error", error.message, error.data);
    });
    socket.io.on("open", () => socket.io.engine.once("upgrade", () => log("*upgrade")));
    sockets.set(peer, socket);
  }

  const commands = {
    /** @param {number[]} peers @param {any} options */
    open(peers, { url, parser, namespaces, query = "", headers, auth, ...options }) {
      takesViews = parser === "default";
      const more = { reconnectionDelay: 50, extraHeaders: headers };
      const manager = new io.Manager(url + query, { ...more, ...options });
      peers.forEach((peer, at) => watch(peer, manager.socket(namespaces[at], { auth })));
    },
    /** @param {number} peer @param {any[]} args */
    emit(peer, args) {
      sockets.get(peer).emit(...args.map(unpack));
    },
    /** @param {number} peer @param {any[]} args */
    call(peer, args) {
      return new Promise((resolve) => {
        sockets.get(peer).emit(...args.map(unpack), (/** @type {any[]} */ ...answer) => {
          resolve(pack(answer));
        });
      });
    },
    /** @param {number} peer */
    leave(peer) {
      sockets.get(peer).disconnect();
    },
  };

  Object.assign(window, {
    /** @param {[keyof typeof commands, any, any][]} calls */
    stock: (calls) => Promise.all(calls.map(([command, ...args]) => commands[command](...args))),
  });
})();
