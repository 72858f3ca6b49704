//! A chat with rooms. A client joins rooms, and says things to those in them.
//!
//! Run: `cargo run -p socketio --example chat`, and connect to `http://127.0.0.1:3000`.

use std::time::Duration;
use std::{env, io};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Ack, Data, Namespace, Socket, SocketIo};
use tokio::net::TcpListener;

#[derive(Serialize, Deserialize)]
struct Line {
    room: String,
    text: String,
}

/// Clients choose names of rooms. The prefix tells them apart from ids of sockets, which name rooms
/// as well: nobody can enter the room of somebody else.
fn room(name: &str) -> String {
    format!("room:{name}")
}

async fn join(socket: Socket, Data(name): Data<String>, ack: Ack) {
    socket.join(room(&name)).await;
    ack.send(&"joined").await.ok();
}

async fn leave(socket: Socket, Data(name): Data<String>, ack: Ack) {
    socket.leave(room(&name)).await;
    ack.send(&"left").await.ok();
}

async fn say(socket: Socket, Data(line): Data<Line>, ack: Ack) {
    let room = room(&line.room);
    if !socket.rooms().await.iter().any(|joined| **joined == *room) {
        ack.send(&"you are not in this room").await.ok();
        return;
    }
    socket.to(room).emit_args("said", (socket.id(), &line)).await.ok();
    ack.send(&"said").await.ok();
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let chat = Namespace::open("/", ()).on("join", join).on("leave", leave).on("say", say);
    let io = SocketIo::builder().namespace(chat).build();
    let app = Router::new().route_service("/socket.io/", io.clone());
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).with_graceful_shutdown(stopped(io)).await
}

/// Ctrl-C ends the sessions first: a request that polls would keep the server waiting.
async fn stopped(io: SocketIo) {
    tokio::signal::ctrl_c().await.ok();
    io.shutdown(Duration::from_secs(10)).await;
}
