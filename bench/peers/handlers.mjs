// What the bench asks of a server, for those that run socket.io: the same as
// crates/socketio/examples/bench.rs.
import { randomUUID } from "node:crypto";

/** @param {import("socket.io").Server} io */
export function addHandlers(io) {
  let lastSeq = 0;
  io.on("connection", (socket) => {
    const userId = randomUUID();
    socket.on("message-from-client", ({ message }, ack) => {
      lastSeq += 1;
      const id = randomUUID();
      const about = { id, seq: lastSeq, room: "lobby", sentAt: new Date().toISOString() };
      io.emit("message-from-server", { fullName: "Bench User", message }, { ...about, userId });
      ack?.({ ok: true, ...about });
    });
    socket.on("join", async ({ room }, ack) => {
      await socket.join(room);
      ack?.({ ok: true });
    });
    socket.on("room-message", ({ room, message }, ack) => {
      io.to(room).emit("room-message", { message });
      ack?.({ ok: true });
    });
    socket.on("echo", (...args) => {
      const ack = args.pop();
      ack(...args);
    });
  });
}

/** Said once, when the server can be connected to. */
export function sayWhere(port) {
  console.log(`listening on 127.0.0.1:${port} pid ${process.pid}`);
}
