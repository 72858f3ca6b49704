//! Sends back what it gets, on `/` and on `/custom`. Settings come from the environment: `PORT`,
//! `PING_INTERVAL`, `PING_TIMEOUT`, `CONNECT_TIMEOUT` in milliseconds, `MAX_PAYLOAD` in bytes.
//!
//! Run: `cargo run -p socketio --example echo`, then connect to `http://127.0.0.1:3000`.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socketio::{Ack, EmitError, Namespace, RawArgs, Socket, SocketIo};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// The protocol's own test suite waits for the packet after the CONNECT reply only once it has seen
/// the reply: both must not reach it in one read, as they do when nothing comes between them.
const AFTER_THE_REPLY: Duration = Duration::from_millis(5);

async fn greet(socket: Socket, auth: RawArgs) {
    tokio::time::sleep(AFTER_THE_REPLY).await;
    let sent = match auth.first() {
        Some(_) => socket.emit_args("auth", auth).await,
        None => socket.emit("auth", &serde_json::json!({})).await,
    };
    report(sent);
}

async fn message(socket: Socket, args: RawArgs) {
    report(socket.emit_args("message-back", args).await);
}

async fn message_with_ack(ack: Ack, args: RawArgs) {
    report(ack.send_args(args).await);
}

fn report(sent: Result<(), EmitError>) {
    if let Err(error) = sent {
        tracing::debug!(%error, "not sent");
    }
}

fn namespace(path: &str) -> Namespace {
    Namespace::open(path, ())
        .on_connect(greet)
        .on("message", message)
        .on("message-with-ack", message_with_ack)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ping_interval = Duration::from_millis(setting("PING_INTERVAL", 25_000)?);
    let ping_timeout = Duration::from_millis(setting("PING_TIMEOUT", 20_000)?);
    let max_payload = usize::try_from(setting("MAX_PAYLOAD", 1_000_000)?)?;
    let listener = TcpListener::bind(("127.0.0.1", u16::try_from(setting("PORT", 3000)?)?)).await?;
    let io = SocketIo::builder()
        .engine(|engine| {
            engine.ping_interval = ping_interval;
            engine.ping_timeout = ping_timeout;
            engine.max_payload = max_payload;
        })
        .connect_timeout(Duration::from_millis(setting("CONNECT_TIMEOUT", 45_000)?))
        .namespace(namespace("/"))
        .namespace(namespace("/custom"))
        .build();
    let connections = TaskTracker::new();
    // One future for all turns of the loop: a signal between two of its own would be lost.
    let mut stop = pin!(tokio::signal::ctrl_c());
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            stopped = &mut stop => {
                stopped?;
                break;
            }
        };
        stream.set_nodelay(true)?;
        let io = io.clone();
        connections.spawn(async move {
            let service = service_fn(move |mut request: hyper::Request<_>| {
                io.notice(&mut request);
                let io = io.clone();
                async move { Ok::<_, Infallible>(io.handle(request).await) }
            });
            let mut http = http1::Builder::new();
            let http = http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
            // A connection that breaks is the client's affair.
            drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
        });
    }
    io.shutdown(Duration::from_secs(10)).await;
    Ok(())
}

fn setting(name: &str, default: u64) -> Result<u64, Box<dyn Error>> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|error| format!("{name}={text}: {error}").into()),
        Err(_) => Ok(default),
    }
}
