//! Pings, pongs, and the end of those who do not answer: to the instant, in virtual time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use engineio::CloseReason;
use tokio::time::Instant;

use crate::client::{Polling, WebSocket, text};
use crate::server::Server;

const INTERVAL: Duration = Duration::from_secs(25);
const TIMEOUT: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn pings_come_after_the_interval_and_after_each_pong() {
    let server = Server::start(|_| {});
    let opened = Instant::now();
    let mut socket = WebSocket::open(&server).await;
    assert_eq!(socket.read().await, text("2"));
    assert_eq!(opened.elapsed(), INTERVAL);
    let late = Duration::from_secs(7);
    tokio::time::advance(late).await;
    socket.send("3").await;
    assert_eq!(socket.read().await, text("2"));
    assert_eq!(opened.elapsed(), INTERVAL + late + INTERVAL);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_ends_exactly_at_its_ping_timeout() {
    let mut server = Server::start(|_| {});
    let opened = Instant::now();
    let _socket = WebSocket::open(&server).await;
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert_eq!(opened.elapsed(), INTERVAL + TIMEOUT);
    assert_eq!(server.hub.session_count(), 0);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_polling_session_is_freed_at_its_ping_timeout() {
    let mut server = Server::start(|_| {});
    let opened = Instant::now();
    let session = Polling::open(&server).await;
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    assert_eq!(opened.elapsed(), INTERVAL + TIMEOUT);
    assert_eq!(session.poll(&server).await.0, 400);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn heartbeats_over_polling() {
    let server = Server::start(|_| {});
    let session = Polling::open(&server).await;
    for _ in 0..3 {
        let asked = Instant::now();
        assert_eq!(session.poll(&server).await, (200, "2".to_owned()));
        assert_eq!(asked.elapsed(), INTERVAL);
        assert_eq!(session.post(&server, b"3").await, (200, "ok".to_owned()));
    }
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn unasked_pongs_change_nothing() {
    let server = Server::start(|_| {});
    let opened = Instant::now();
    let mut socket = WebSocket::open(&server).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    for _ in 0..1000 {
        socket.send("3").await;
    }
    assert_eq!(socket.read().await, text("2"));
    assert_eq!(opened.elapsed(), INTERVAL);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_read_is_not_blamed_for_a_missing_pong() {
    let mut server = Server::start(|_| {});
    let mut socket = WebSocket::open(&server).await;
    let session = server.opened().await;
    server.open.store(false, Ordering::SeqCst);
    socket.send("4first").await;
    session.wake();
    assert_eq!(socket.read().await, text("2"));
    socket.send("3").await;
    tokio::time::sleep(TIMEOUT * 10).await;
    assert!(session.is_open() && session.is_paused());
    server.open.store(true, Ordering::SeqCst);
    session.wake();
    assert_eq!(server.message().await, "first".into());
    assert_eq!(socket.read().await, text("2"), "the pong was read in the end");
    assert_eq!(server.closed().await, CloseReason::PingTimeout);
    server.ends_empty().await;
}
