// socket.io on Node.
import { createServer } from "node:http";

import { Server } from "socket.io";

import { addHandlers, sayWhere } from "../handlers.mjs";

// Each setting that is not the default is one that socket.io's page on performance recommends:
// https://socket.io/docs/v4/performance-tuning/ and https://socket.io/docs/v4/memory-usage/.
// `ws` finds the add-on bufferutil by itself. Compression of messages is off by default.
const http = createServer();
const io = new Server(http, { serveClient: false });

// Sockets keep the first request only for those who ask for it.
io.engine.on("connection", (session) => {
  session.request = null;
});

addHandlers(io);
http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => sayWhere(http.address().port));
