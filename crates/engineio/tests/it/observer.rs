//! What an engine tells its observer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use engineio::{
    ClientAddr, CloseReason, Config, Delivery, Forbidden, Hub, Observer, Packet, RequestRefusal,
    SessionKey, SlowConsumer, TransportKind,
};
use http_body_util::Full;

use crate::support::http::{get, get_with};
use crate::support::polling::Poller;
use crate::support::server::{OPEN_POLLING, SMALL_STREAM_BYTES as SMALL, Server};
use crate::support::until_idle;
use crate::support::websocket::text;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Opened(SessionKey, TransportKind),
    Upgraded(SessionKey),
    Closed(SessionKey, CloseReason),
    Slow(SessionKey, SlowConsumer),
    Dropped(SessionKey, usize),
    Stopped(SessionKey),
    Resumed(SessionKey),
    Refused(RequestRefusal, Option<IpAddr>),
}

/// Keeps what it sees.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Seen>>>);

impl Notes {
    fn note(&self, seen: Seen) {
        self.0.lock().unwrap().push(seen);
    }

    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Notes {
    fn session_opened(&self, session: SessionKey, transport: TransportKind) {
        self.note(Seen::Opened(session, transport));
    }

    fn session_upgraded(&self, session: SessionKey) {
        self.note(Seen::Upgraded(session));
    }

    fn session_closed(&self, session: SessionKey, reason: CloseReason) {
        self.note(Seen::Closed(session, reason));
    }

    fn slow_consumer_closed(&self, session: SessionKey, bound: SlowConsumer) {
        self.note(Seen::Slow(session, bound));
    }

    fn volatile_dropped(&self, session: SessionKey, packets: usize) {
        self.note(Seen::Dropped(session, packets));
    }

    fn reading_stopped(&self, session: SessionKey) {
        self.note(Seen::Stopped(session));
    }

    fn reading_resumed(&self, session: SessionKey) {
        self.note(Seen::Resumed(session));
    }

    fn request_refused(&self, refusal: &RequestRefusal, client_addr: Option<IpAddr>) {
        self.note(Seen::Refused(refusal.clone(), client_addr));
    }
}

fn observed(config: Config) -> (Server, Notes) {
    let notes = Notes::default();
    let hub = Hub::start_observed(config, notes.clone());
    (Server::start_with(hub, |engine| engine), notes)
}

#[tokio::test(start_paused = true)]
async fn a_session_from_its_opening_to_its_end() {
    let (mut server, notes) = observed(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let key = peer.session.key();
    assert_eq!(notes.take(), [Seen::Opened(key, TransportKind::Polling)]);
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    assert_eq!(websocket.frame().await, text("3probe"));
    assert_eq!(notes.take(), []);
    websocket.send_text("5").await;
    until_idle().await;
    assert_eq!(notes.take(), [Seen::Upgraded(key)]);
    drop(websocket);
    until_idle().await;
    assert_eq!(notes.take(), [Seen::Closed(key, CloseReason::TransportClose)]);
    let (websocket, peer) = server.websocket().await;
    let key = peer.session.key();
    assert_eq!(notes.take(), [Seen::Opened(key, TransportKind::WebSocket)]);
    drop(websocket);
    server.finish().await;
}

/// The end is told when nothing is left, with the reason that came first.
#[tokio::test(start_paused = true)]
async fn the_first_reason_is_told_when_nothing_is_left() {
    let (mut server, notes) = observed(Config::default());
    let (_websocket, peer) = server.websocket_on_small_stream().await;
    notes.take();
    peer.send(&"x".repeat(SMALL * 2));
    peer.session.close(CloseReason::Forced);
    peer.closed().await;
    until_idle().await;
    assert_eq!(notes.take(), [], "its last words may still be taken");
    tokio::time::sleep(Config::default().close_timeout).await;
    until_idle().await;
    assert_eq!(notes.take(), [Seen::Closed(peer.session.key(), CloseReason::Forced)]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn slow_consumers_by_bytes_and_by_time() {
    let (mut server, notes) = observed(Config { outbox_bytes: 1_000, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    let (_stalled, stalled_peer) = server.websocket_on_small_stream().await;
    notes.take();
    peer.send(&"x".repeat(899));
    peer.send(&"x".repeat(100));
    until_idle().await;
    let key = peer.session.key();
    let slow = CloseReason::SlowConsumer;
    assert_eq!(notes.take(), [Seen::Slow(key, SlowConsumer::Bytes(900)), Seen::Closed(key, slow)]);
    assert_eq!(poller.poll().await.status, 400);
    notes.take();
    stalled_peer.send(&"x".repeat(SMALL * 2));
    stalled_peer.closed().await;
    let key = stalled_peer.session.key();
    assert_eq!(notes.take(), [Seen::Slow(key, SlowConsumer::Time), Seen::Closed(key, slow)]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn volatile_packets_that_were_dropped() {
    let (mut server, notes) = observed(Config::default());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let (_poller, poller_peer) = Poller::open(&mut server).await;
    notes.take();
    for number in 0..10 {
        peer.send_as(Packet::new(format!("{number:<60}")), Delivery::Volatile);
    }
    until_idle().await;
    // Two were taken whole, the third in part.
    assert_eq!(notes.take(), [Seen::Dropped(peer.session.key(), 7)]);
    peer.send_as(Packet::new("x"), Delivery::Volatile);
    poller_peer.send_as(Packet::new("x"), Delivery::Volatile);
    until_idle().await;
    let mut dropped = notes.take();
    dropped.sort_by_key(|seen| *seen != Seen::Dropped(peer.session.key(), 1));
    assert_eq!(dropped, [&peer, &poller_peer].map(|peer| Seen::Dropped(peer.session.key(), 1)));
    for _ in 0..3 {
        websocket.text().await;
    }
    until_idle().await;
    peer.send_as(Packet::new("x"), Delivery::Volatile);
    assert_eq!(websocket.text().await, "4x");
    assert_eq!(notes.take(), []);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn sessions_that_are_not_read_and_read_again() {
    let (mut server, notes) = observed(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    notes.take();
    peer.limit(1);
    websocket.send_text("4one").await;
    until_idle().await;
    let key = peer.session.key();
    assert_eq!(notes.take(), [Seen::Stopped(key)]);
    websocket.send_text("4two").await;
    until_idle().await;
    assert_eq!(notes.take(), []);
    peer.limit(3);
    until_idle().await;
    assert_eq!(notes.take(), [Seen::Resumed(key)]);
    assert_eq!(peer.waiting(), 2);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_were_refused() {
    let notes = Notes::default();
    let config = Config { max_sessions: 1, ..Config::default() };
    let hub = Hub::start_observed(config, notes.clone());
    let mut server = Server::start_with(hub, |engine| {
        engine.allow_request(|parts| async move {
            let refused = parts.headers.contains_key("x-bad");
            if refused { Err(Forbidden::with_message("no")) } else { Ok(()) }
        })
    });
    let bad = get_with(OPEN_POLLING, "X-Bad: 1");
    let unknown = get(&format!("{OPEN_POLLING}&sid=x"));
    let version = get("/engine.io/?EIO=3&transport=polling");
    for (request, refusal) in [
        (bad, RequestRefusal::Forbidden("no".into())),
        (unknown, RequestRefusal::UnknownSession),
        (version, RequestRefusal::UnsupportedVersion),
    ] {
        let mut http = server.dial();
        http.send(request).await;
        http.answer().await;
        assert_eq!(notes.take(), [Seen::Refused(refusal, None)]);
    }
    let addr = IpAddr::from([192, 0, 2, 1]);
    let request = http::Request::get("/engine.io/").extension(ClientAddr(addr));
    server.engine().handle(request.body(Full::<Bytes>::default()).unwrap()).await;
    assert_eq!(notes.take(), [Seen::Refused(RequestRefusal::UnknownTransport, Some(addr))]);
    let (poller, _peer) = Poller::open(&mut server).await;
    notes.take();
    assert_eq!(server.dial().get(OPEN_POLLING).await.status, 503);
    assert_eq!(notes.take(), [Seen::Refused(RequestRefusal::Full, None)]);
    poller.say("1").await;
    server.hub().shutdown(std::time::Duration::from_secs(10)).await;
    notes.take();
    assert_eq!(server.dial().get(OPEN_POLLING).await.status, 503);
    assert_eq!(notes.take(), [Seen::Refused(RequestRefusal::ShuttingDown, None)]);
    server.finish().await;
}
