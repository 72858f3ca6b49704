//! The end of the hub.

use std::time::Duration;

use engineio::{CloseReason, Config, Delivery, Packet};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::support::http::Http;
use crate::support::polling::{Poller, packets};
use crate::support::server::{OPEN_POLLING, OPEN_WEBSOCKET, Server};
use crate::support::websocket::{Frame, text};
use crate::support::{expect, until_idle};

const DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn shutdown_delivers_what_was_sent_tells_everyone_and_waits() {
    let mut server = Server::start(Config { shards: 3, ..Config::default() });
    let (mut websocket, websocket_peer) = server.websocket().await;
    let (polling, polling_peer) = Poller::open(&mut server).await;
    let (waiting, waiting_peer) = Poller::open(&mut server).await;
    let mut poll = waiting.begin_poll().await;
    until_idle().await;
    websocket_peer.send("last words");
    polling_peer.send("last words");
    let hub = server.hub().clone();
    let started = Instant::now();
    let clients = async {
        assert_eq!(websocket.rest().await, [text("4last words"), Frame::Close(1001)]);
        drop(websocket);
        assert_eq!(packets(&poll.answer().await), ["1"]);
        assert_eq!(packets(&polling.poll().await), ["4last words"]);
        assert_eq!(packets(&polling.poll().await), ["1"]);
    };
    let (clean, ()) = tokio::join!(hub.shutdown(DEADLINE), clients);
    assert!(clean);
    assert_eq!(Instant::now(), started, "it waits for clients, and not longer");
    assert_eq!(hub.session_count(), 0);
    for peer in [websocket_peer, polling_peer, waiting_peer] {
        assert_eq!(peer.closed().await.0, CloseReason::Shutdown);
        assert!(peer.is_dropped());
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_refuses_new_sessions() {
    let mut server = Server::start(Config::default());
    let (_websocket, _peer) = server.websocket().await;
    // This one was let in, but is not a session yet.
    let early = server.dialer().dial_with(16);
    let mut early = upgrade_slowly(early).await;
    let hub = server.hub().clone();
    let refused = async {
        until_idle().await;
        assert!(hub.is_closing());
        assert_eq!(server.dial().get(OPEN_POLLING).await.status, 503);
        let refusal = server.dial().upgrade(OPEN_WEBSOCKET).await.err().expect("a refusal");
        assert_eq!(refusal.status, 503);
        assert_eq!(early.try_answer().await.unwrap().status, 101);
        assert!(early.try_answer().await.is_none(), "closed without a session");
    };
    let (clean, ()) = tokio::join!(hub.shutdown(DEADLINE), refused);
    assert!(clean);
    assert!(!server.has_peer());
}

/// Asks for a WebSocket and does not take the answer, which is longer than the stream.
async fn upgrade_slowly(mut http: Http) -> Http {
    let request = crate::support::http::upgrade(OPEN_WEBSOCKET);
    http.send(request).await;
    until_idle().await;
    http
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_off_clients_that_take_nothing() {
    let mut server = Server::start(Config::default());
    let (_websocket, peer) = server.websocket_on_small_stream().await;
    peer.send(&"x".repeat(10_000));
    let started = Instant::now();
    let deadline = Duration::from_secs(1);
    assert!(!server.hub().shutdown(deadline).await);
    assert_eq!(Instant::now(), started + deadline);
    assert_eq!(server.hub().session_count(), 0);
    assert_eq!(peer.closed().await.0, CloseReason::Shutdown);
    assert!(peer.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_off_connections_that_do_not_finish() {
    let mut server = Server::start(Config::default());
    // One whose session goes long before, one that goes at the shutdown.
    let (gone_websocket, gone) = server.websocket().await;
    let (websocket, peer) = server.websocket().await;
    gone.get_stuck();
    peer.get_stuck();
    drop(gone_websocket);
    assert_eq!(gone.closed().await.0, CloseReason::TransportClose);
    drop(websocket);
    let started = Instant::now();
    assert!(!server.hub().shutdown(DEADLINE).await);
    assert_eq!(Instant::now(), started + DEADLINE);
    assert!(gone.is_dropped());
    assert!(peer.is_dropped());
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
}

#[tokio::test(start_paused = true)]
async fn connections_are_told_of_the_end_even_without_time() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    let (poller, polling_peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    assert!(!server.hub().shutdown(Duration::ZERO).await);
    for peer in [peer, polling_peer] {
        assert!(peer.is_dropped());
        assert_eq!(peer.closed().await.0, CloseReason::Shutdown);
    }
    assert_eq!(server.hub().session_count(), 0);
    let rest = websocket.rest().await;
    assert!(rest.is_empty() || rest == [Frame::Close(1001)], "{rest:?}");
    assert_eq!(packets(&poll.answer().await), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_hangs_and_nothing_is_kept_after_the_end() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let hub = server.hub().clone();
    assert!(hub.shutdown(DEADLINE).await);
    assert!(hub.shutdown(DEADLINE).await, "a second time is as good as the first");
    assert_eq!(poller.poll().await.status, 400);
    for _ in 0..100_000 {
        let share = expect("room in the queue", hub.reserve(1_000)).await;
        peer.session.send(share, Packet::new("x".repeat(1_000)), Delivery::Reliable);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_under_way_does_not_hold_the_shutdown_up() {
    let mut server = Server::start(Config::default());
    let (poller, _peer) = Poller::open(&mut server).await;
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    let _silent = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    let started = Instant::now();
    assert!(server.hub().shutdown(DEADLINE).await);
    assert_eq!(Instant::now(), started + Config::default().close_timeout);
    assert_eq!(websocket.rest().await, []);
}

/// Sessions that are opened while the hub ends are refused or ended, never forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opening_while_the_hub_ends_leaves_nothing() {
    for _ in 0..100 {
        let server = Server::start(Config { shards: 2, ..Config::default() });
        let tasks = TaskTracker::new();
        for _ in 0..4 {
            let dialer = server.dialer().clone();
            tasks
                .spawn(async move { while dialer.dial().get(OPEN_POLLING).await.status == 200 {} });
        }
        tasks.close();
        server.hub().shutdown(Duration::ZERO).await;
        tasks.wait().await;
        assert!(server.hub().shutdown(DEADLINE).await);
        assert_eq!(server.hub().session_count(), 0);
    }
}
