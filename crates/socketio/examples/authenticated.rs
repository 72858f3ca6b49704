//! Only those who have a token get in, and what it says about them is the data of their socket.
//! Handlers see no client that was not let in.
//!
//! Run: `cargo run -p socketio --example authenticated`, and connect to `http://127.0.0.1:3000` with
//! `auth: { token: "ana's" }` or, in a header, `Authorization: Bearer luis's`.

use std::time::Duration;
use std::{env, io};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::json;
use socketio::{Ack, ConnectRequest, Data, Namespace, Refusal, Socket, SocketIo};
use tokio::net::TcpListener;

/// Who a client is.
#[derive(Debug, Clone, Serialize)]
struct User {
    name: &'static str,
    is_admin: bool,
}

/// What stands in for a look-up of yours: a signed token, a row of a database.
#[expect(clippy::unused_async, reason = "yours waits")]
async fn user_of(token: &str) -> Option<User> {
    match token {
        "ana's" => Some(User { name: "Ana", is_admin: true }),
        "luis's" => Some(User { name: "Luis", is_admin: false }),
        _ => None,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    token: Option<String>,
}

/// From the auth payload, or else from the header, which browsers can send while they poll.
fn token_of(request: &ConnectRequest) -> Option<String> {
    let sent = request.auth::<Option<Credentials>>().ok().flatten();
    let header = || request.handshake().headers.get("authorization")?.strip_prefix("Bearer ");
    sent.and_then(|sent| sent.token).or_else(|| header().map(str::to_owned))
}

/// Decides before anything else can happen. A client that goes away meanwhile leaves nothing.
async fn authenticate(request: ConnectRequest, (): ()) -> Result<User, Refusal> {
    let refusal = |code| Refusal::ConnectError {
        message: "not authorized".to_owned(),
        data: Some(json!({ "code": code })),
    };
    let token = token_of(&request).ok_or_else(|| refusal("token_missing"))?;
    user_of(&token).await.ok_or_else(|| refusal("token_invalid"))
}

async fn whoami(socket: Socket<User>, ack: Ack<User>) {
    ack.send(socket.data()).await.ok();
}

/// To everyone, by admins.
async fn announce(socket: Socket<User>, Data(text): Data<String>, ack: Ack<User>) {
    let User { name, is_admin } = *socket.data();
    if !is_admin {
        ack.send(&json!({ "error": "forbidden" })).await.ok();
        return;
    }
    socket.namespace().broadcast().emit_args("announced", (name, text)).await.ok();
    ack.send(&json!({ "ok": true })).await.ok();
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let namespace = Namespace::guarded("/", (), authenticate)
        .on_connect(async |socket: Socket<User>| {
            socket.emit("welcome", socket.data().name).await.ok();
        })
        .on("whoami", whoami)
        .on("announce", announce);
    let io = SocketIo::builder().namespace(namespace).build();
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
