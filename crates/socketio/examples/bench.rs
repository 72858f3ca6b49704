//! The handlers that the bench loads here and, the same, on its peers (`bench/peers`): a broadcast,
//! rooms, an echo. One worker, one shard, no authentication.
//!
//! Run: `PORT=3000 cargo run --release -p socketio --example bench`; `make bench` does it for you.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketio::{Ack, ConnectRequest, Data, EmitError, Namespace, Socket, SocketIo};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Messages are numbered from 1.
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

async fn message_from_client(socket: Socket<Uuid>, Data(body): Data<Message>, ack: Ack<Uuid>) {
    let seq = LAST_SEQ.fetch_add(1, Ordering::Relaxed) + 1;
    let (id, sent_at) = (Uuid::now_v7(), OffsetDateTime::now_utc().format(&Rfc3339).ok());
    let first = json!({ "fullName": "Bench User", "message": body.message });
    let second = json!({
        "id": id, "seq": seq, "room": "lobby", "userId": socket.data(), "sentAt": sent_at,
    });
    let sent =
        socket.namespace().broadcast().emit_args("message-from-server", (first, second)).await;
    report(sent);
    let answer = json!({ "ok": true, "id": id, "seq": seq, "room": "lobby", "sentAt": sent_at });
    report(ack.send(&answer).await);
}

async fn join(socket: Socket<Uuid>, Data(Join { room }): Data<Join>, ack: Ack<Uuid>) {
    socket.join(room).await;
    report(ack.send(&json!({ "ok": true })).await);
}

async fn room_message(socket: Socket<Uuid>, Data(body): Data<RoomMessage>, ack: Ack<Uuid>) {
    let RoomMessage { room, message } = body;
    report(socket.namespace().to(room).emit("room-message", &Message { message }).await);
    report(ack.send(&json!({ "ok": true })).await);
}

async fn echo(Data(value): Data<Value>, ack: Ack<Uuid>) {
    report(ack.send(&value).await);
}

fn report<E: Into<EmitError>>(sent: Result<(), E>) {
    if let Err(error) = sent.map_err(Into::into) {
        tracing::debug!(%error, "not sent");
    }
}

/// Everyone may come in, and gets an id as a user would have.
async fn name(_: ConnectRequest, (): ()) -> Result<Uuid, socketio::Refusal> {
    Ok(Uuid::now_v7())
}

fn namespace() -> Namespace<Uuid> {
    Namespace::guarded("/", (), name)
        .on("message-from-client", message_from_client)
        .on("join", join)
        .on("room-message", room_message)
        .on("echo", echo)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_default().parse::<u16>().unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let io = SocketIo::builder().engine(|engine| engine.shards = 1).namespace(namespace()).build();
    let (address, pid) = (listener.local_addr()?, std::process::id());
    writeln!(std::io::stdout(), "listening on {address} pid {pid}")?;
    let mut stop = signal(SignalKind::terminate())?;
    let connections = TaskTracker::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            _ = stop.recv() => break,
        };
        connections.spawn(serve(stream, io.clone()));
    }
    io.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

async fn serve(stream: TcpStream, io: SocketIo) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| {
        let io = io.clone();
        async move { Ok::<_, Infallible>(io.handle(request).await) }
    });
    let mut http = http1::Builder::new();
    let http = http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
    // A connection that breaks is the client's affair.
    drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
}
