//! An engine whose application tells the test everything that happens to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use engineio::{
    Application, CloseReason, Config, Connection, Delivery, Engine, Handshake, Hub, Message,
    Packet, Scope, Session,
};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// The scope that every session of the tests enters.
pub(crate) const EVERYONE: Scope = Scope(0);

/// What an application sees.
#[derive(Debug)]
pub(crate) enum Seen {
    Opened(Session),
    Message(Message),
    Closed(CloseReason),
}

pub(crate) struct Server {
    pub(crate) hub: Hub,
    engine: Engine<Teller>,
    seen: mpsc::Receiver<Seen>,
    /// Whether connections take input.
    pub(crate) open: Arc<AtomicBool>,
    http: TaskTracker,
}

struct Teller {
    seen: mpsc::Sender<Seen>,
    open: Arc<AtomicBool>,
}

pub(crate) struct TellerConnection {
    seen: mpsc::Sender<Seen>,
    open: Arc<AtomicBool>,
}

impl Application for Teller {
    type Connection = TellerConnection;

    fn connect(&self, session: Session, _handshake: Handshake) -> TellerConnection {
        self.seen.try_send(Seen::Opened(session)).expect("the test reads what it causes");
        TellerConnection { seen: self.seen.clone(), open: self.open.clone() }
    }
}

impl Connection for TellerConnection {
    fn on_message(&mut self, message: Message) {
        self.seen.try_send(Seen::Message(message)).expect("the test reads what it causes");
    }

    fn wants_input(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    fn poll(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn on_close(&mut self, reason: CloseReason) {
        // The test may have ended.
        drop(self.seen.try_send(Seen::Closed(reason)));
    }
}

impl Server {
    pub(crate) fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { shards: 2, ..Config::default() };
        change(&mut config);
        let hub = Hub::start(config);
        let (sender, seen) = mpsc::channel(100_000);
        let open = Arc::new(AtomicBool::new(true));
        let engine = Engine::new(hub.clone(), Teller { seen: sender, open: open.clone() });
        Self { hub, engine, seen, open, http: TaskTracker::new() }
    }

    /// A fresh connection to the server, which holds `capacity` bytes in each direction.
    pub(crate) fn connect(&self, capacity: usize) -> DuplexStream {
        let (client, server) = tokio::io::duplex(capacity);
        let service = TowerToHyperService::new(self.engine.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
        self.http.spawn(async move {
            // What the client does to the connection is the test's affair.
            drop(connection.with_upgrades().await);
        });
        client
    }

    pub(crate) async fn seen(&mut self) -> Seen {
        self.seen.recv().await.expect("the server runs")
    }

    pub(crate) async fn opened(&mut self) -> Session {
        match self.seen().await {
            Seen::Opened(session) => session,
            other => panic!("expected a session, got {other:?}"),
        }
    }

    pub(crate) async fn message(&mut self) -> Message {
        match self.seen().await {
            Seen::Message(message) => message,
            other => panic!("expected a message, got {other:?}"),
        }
    }

    pub(crate) async fn closed(&mut self) -> CloseReason {
        loop {
            if let Seen::Closed(reason) = self.seen().await {
                return reason;
            }
        }
    }

    /// Nothing of any session is left, and everything that ran has ended.
    pub(crate) async fn ends_empty(self) {
        assert!(self.hub.shutdown(Duration::from_secs(10)).await, "all tasks ended by themselves");
        assert_eq!(self.hub.session_count(), 0);
    }
}

/// Sends one reliable message.
pub(crate) async fn send(session: &Session, text: &str) {
    let share = session.hub().reserve(text.len()).await;
    session.send(share, Packet::new(text), Delivery::Reliable);
}

/// Has a session enter [`EVERYONE`] and some rooms.
pub(crate) async fn enter(session: &Session, rooms: &[&str]) {
    let share = session.hub().reserve(0).await;
    session.enter(share, EVERYONE, rooms.iter().map(|room| (*room).into()).collect(), None);
}
