//! Sends every message back. Settings come from the environment: `PORT`, `PING_INTERVAL`,
//! `PING_TIMEOUT` in milliseconds, `MAX_PAYLOAD` in bytes.
//!
//! Run: `cargo run -p engineio --example engine_echo`, then connect to
//! `http://127.0.0.1:3000/engine.io/`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use engineio::{
    Application, CloseReason, Config, Connection, Delivery, Engine, Handshake, Hub, Message,
    Packet, Session, Share,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// Messages that may wait for room in the queue.
const MAX_WAITING: usize = 32;

struct Echo;

struct EchoConnection {
    session: Session,
    waiting: VecDeque<Message>,
    /// The wait for room in the queue.
    reserving: Option<Pin<Box<dyn Future<Output = Share> + Send>>>,
}

impl Application for Echo {
    type Connection = EchoConnection;

    fn connect(&self, session: Session, _handshake: Handshake) -> EchoConnection {
        EchoConnection { session, waiting: VecDeque::new(), reserving: None }
    }
}

impl Connection for EchoConnection {
    fn on_message(&mut self, message: Message) {
        self.waiting.push_back(message);
    }

    fn wants_input(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(message) = self.waiting.front() {
            let (hub, length) = (self.session.hub().clone(), message.len());
            let reserving = self
                .reserving
                .get_or_insert_with(|| Box::pin(async move { hub.reserve(length).await }));
            let share = std::task::ready!(reserving.as_mut().poll(cx));
            self.reserving = None;
            if let Some(message) = self.waiting.pop_front() {
                self.session.send(share, Packet::new(message), Delivery::Reliable);
            }
        }
        Poll::Ready(())
    }

    fn on_close(&mut self, _reason: CloseReason) {
        self.waiting.clear();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = Config {
        ping_interval: Duration::from_millis(setting("PING_INTERVAL", 25_000)?),
        ping_timeout: Duration::from_millis(setting("PING_TIMEOUT", 20_000)?),
        max_payload: usize::try_from(setting("MAX_PAYLOAD", 1_000_000)?)?,
        ..Config::default()
    };
    let listener = TcpListener::bind(("127.0.0.1", u16::try_from(setting("PORT", 3000)?)?)).await?;
    let engine = Engine::new(Hub::start(config), Echo);
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
        let engine = engine.clone();
        connections.spawn(async move {
            let service = service_fn(move |mut request: hyper::Request<_>| {
                engine.notice(&mut request);
                let engine = engine.clone();
                async move { Ok::<_, Infallible>(engine.handle(request).await) }
            });
            let mut http = http1::Builder::new();
            let http = http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
            // A connection that breaks is the client's affair.
            drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
        });
    }
    engine.hub().shutdown(Duration::from_secs(10)).await;
    Ok(())
}

fn setting(name: &str, default: u64) -> Result<u64, Box<dyn Error>> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|error| format!("{name}={text}: {error}").into()),
        Err(_) => Ok(default),
    }
}
