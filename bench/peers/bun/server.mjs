// socket.io on Bun, with the engine that its authors made for it.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";

import { addHandlers, sayWhere } from "../handlers.mjs";

const io = new Server({ serveClient: false });
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
addHandlers(io);

// The handler brings the engine's own settings: an idle timeout longer than the ping interval, and
// the largest body.
const server = Bun.serve({
  ...engine.handler(),
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
});
sayWhere(server.port);
