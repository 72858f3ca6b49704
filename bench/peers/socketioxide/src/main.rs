//! The handlers that the bench loads, on socketioxide: the same as
//! crates/socketio/examples/bench.rs. One worker, as every server of the bench.
//!
//! One setting is not the default: more than 128 packets may wait for a client, because past that
//! number socketioxide leaves messages out, which fails a run. Its buffer for reading is by default
//! as small as its documentation advises for many connections.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, Extension, SocketRef};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use uuid::Uuid;

static LAST_SEQ: AtomicU64 = AtomicU64::new(0);

#[derive(Deserialize, Serialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Join {
    room: String,
}

#[derive(Deserialize)]
struct RoomMessage {
    room: String,
    message: String,
}

#[derive(Clone)]
struct UserId(Uuid);

async fn message_from_client(
    io: SocketIo,
    Extension(UserId(user_id)): Extension<UserId>,
    Data(body): Data<Message>,
    ack: AckSender,
) {
    let seq = LAST_SEQ.fetch_add(1, Ordering::Relaxed) + 1;
    let (id, sent_at) = (Uuid::now_v7(), OffsetDateTime::now_utc().format(&Rfc3339).ok());
    let first = json!({ "fullName": "Bench User", "message": body.message });
    let second =
        json!({ "id": id, "seq": seq, "room": "lobby", "userId": user_id, "sentAt": sent_at });
    io.emit("message-from-server", &(first, second)).await.ok();
    ack.send(&json!({ "ok": true, "id": id, "seq": seq, "room": "lobby", "sentAt": sent_at })).ok();
}

async fn join(socket: SocketRef, Data(Join { room }): Data<Join>, ack: AckSender) {
    socket.join(room);
    ack.send(&json!({ "ok": true })).ok();
}

async fn room_message(io: SocketIo, Data(body): Data<RoomMessage>, ack: AckSender) {
    let RoomMessage { room, message } = body;
    io.to(room).emit("room-message", &Message { message }).await.ok();
    ack.send(&json!({ "ok": true })).ok();
}

async fn echo(Data(value): Data<Value>, ack: AckSender) {
    ack.send(&value).ok();
}

async fn connected(socket: SocketRef) {
    socket.extensions.insert(UserId(Uuid::now_v7()));
    socket.on("message-from-client", message_from_client);
    socket.on("join", join);
    socket.on("room-message", room_message);
    socket.on("echo", echo);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let (service, io) = SocketIo::builder().max_buffer_size(1_024).build_svc();
    io.ns("/", connected);
    let port = std::env::var("PORT").unwrap_or_default().parse().unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {} pid {}", listener.local_addr()?, std::process::id());
    let mut stop = signal(SignalKind::terminate())?;
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            Some(_) = connections.join_next() => continue,
            _ = stop.recv() => return Ok(()),
        };
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(service.clone());
        connections.spawn(async move {
            let http = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            http.with_upgrades().await.ok();
        });
    }
}
