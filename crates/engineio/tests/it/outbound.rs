//! What goes out: bounds, deadlines, kinds of delivery, and the end.

use std::time::Duration;

use engineio::{CloseReason, Config, Delivery, LatestKey, Packet, Scope};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::support::app::Peer;
use crate::support::polling::{Poller, packets};
use crate::support::server::{SMALL_STREAM_BYTES as SMALL, Server};
use crate::support::websocket::{Frame, text};
use crate::support::{entry, to_everyone, until_idle};

const SCOPE: Scope = Scope(7);
const BOUND: usize = 10_000;
/// A moment before the write timeout.
const ALMOST: Duration = Duration::from_millis(19_999);

fn config() -> Config {
    Config { outbox_bytes: BOUND, shards: 2, ..Config::default() }
}

fn enter(peer: &Peer) {
    let share = peer.session.hub().try_reserve(0).unwrap();
    peer.session.enter(share, entry(SCOPE, Vec::new()), Vec::new());
}

/// A text of `length` bytes that starts with a number.
fn numbered(number: usize, length: usize) -> String {
    format!("{number:<length$}")
}

/// One reader stops. It is closed at its bound, in no time, and nobody else notices.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_closed_at_its_bound_while_the_others_receive_everything() {
    const COUNT: usize = 100;
    let mut server = Server::start(config());
    let (mut slow, slow_peer) = server.websocket_on_small_stream().await;
    let (poller, slow_poller_peer) = Poller::open(&mut server).await;
    enter(&slow_peer);
    enter(&slow_poller_peer);
    let readers = TaskTracker::new();
    let mut peers = Vec::new();
    for _ in 0..20 {
        let (mut websocket, peer) = server.websocket().await;
        enter(&peer);
        readers.spawn(async move {
            for number in 0..COUNT {
                let expected = format!("4{}", numbered(number, 999));
                assert_eq!(websocket.text().await, expected);
            }
            websocket.send_text("1").await;
            assert_eq!(websocket.rest().await, [Frame::Close(1000)]);
        });
        peers.push(peer);
    }
    let started = Instant::now();
    for number in 0..COUNT {
        let share = server.hub().reserve(999).await;
        let packet = Packet::new(numbered(number, 999));
        server.hub().broadcast(share, to_everyone(SCOPE, packet, Delivery::Reliable));
        // The others read as fast as it is sent.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
    }
    for peer in [slow_peer, slow_poller_peer] {
        assert_eq!(peer.closed().await, (CloseReason::SlowConsumer, started));
    }
    readers.close();
    readers.wait().await;
    assert_eq!(Instant::now(), started);
    for peer in peers {
        assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    }
    // Only what the stream held has come, and then the end.
    let mut taken = Vec::new();
    while tokio::io::AsyncReadExt::read_buf(&mut slow.stream, &mut taken).await.unwrap_or(0) > 0 {}
    assert!(taken.len() <= SMALL, "{}", taken.len());
    assert_eq!(poller.poll().await.status, 400);
    server.finish().await;
}

/// The bound counts bytes: what fits is kept, one more ends the session.
#[tokio::test(start_paused = true)]
async fn the_bound_is_exact() {
    for over in [false, true] {
        let mut server = Server::start(config());
        let (poller, peer) = Poller::open(&mut server).await;
        for number in 0..9 {
            peer.send(&numbered(number, 999));
        }
        peer.send(&numbered(9, 999 + usize::from(over)));
        until_idle().await;
        if over {
            assert_eq!(peer.close_reason(), Some(CloseReason::SlowConsumer));
        } else {
            assert_eq!(packets(&poller.poll().await).len(), 10);
        }
        server.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_beyond_the_bound_does_not_harm_a_fast_reader() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket().await;
    for number in 0..50 {
        peer.send(&numbered(number, 999));
    }
    for number in 0..50 {
        assert_eq!(websocket.text().await, format!("4{}", numbered(number, 999)));
    }
    assert!(peer.session.is_open());
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn one_packet_may_be_larger_than_the_bound() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let large = "x".repeat(BOUND * 3);
    peer.send(&large);
    assert_eq!(websocket.text().await, format!("4{large}"));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_stalled_peer_is_closed_at_the_write_deadline() {
    let mut server = Server::start(config());
    let (_stalled, peer) = server.websocket_on_small_stream().await;
    let sent = Instant::now();
    peer.send(&"x".repeat(SMALL * 2));
    let deadline = sent + config().write_timeout;
    assert_eq!(peer.closed().await, (CloseReason::SlowConsumer, deadline));
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_a_little_gets_a_fresh_deadline() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    peer.send(&"x".repeat(SMALL * 4));
    tokio::time::sleep(ALMOST).await;
    let mut some = [0; 10];
    tokio::io::AsyncReadExt::read_exact(&mut websocket.stream, &mut some).await.unwrap();
    let taken = Instant::now();
    let (reason, at) = peer.closed().await;
    assert_eq!((reason, at), (CloseReason::SlowConsumer, taken + config().write_timeout));
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_slowly_but_steadily_gets_everything() {
    let mut server = Server::start(Config { ping_interval: Duration::from_secs(9999), ..config() });
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let long = "x".repeat(SMALL * 20);
    peer.send(&long);
    let mut received = Vec::new();
    while received.len() < long.len() + 5 {
        tokio::time::sleep(ALMOST).await;
        tokio::io::AsyncReadExt::read_buf(&mut websocket.stream, &mut received).await.unwrap();
    }
    until_idle().await;
    tokio::time::sleep(config().write_timeout * 2).await;
    assert!(peer.session.is_open(), "nothing waits, so no deadline runs");
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn of_latest_packets_only_the_newest_waits_and_they_never_close_anyone() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    peer.send(&"x".repeat(BOUND - 100));
    let (list, other) = (Delivery::Latest(LatestKey(1)), Delivery::Latest(LatestKey(2)));
    for number in 0..30 {
        peer.send_as(Packet::new(numbered(number, BOUND)), list);
        peer.send_as(Packet::new(format!("other {number}")), other);
        until_idle().await;
    }
    peer.send("chat");
    until_idle().await;
    assert!(peer.session.is_open());
    assert_eq!(websocket.text().await.len(), BOUND - 99);
    assert_eq!(websocket.text().await, format!("4{}", numbered(29, BOUND)));
    assert_eq!(websocket.text().await, "4other 29");
    assert_eq!(websocket.text().await, "4chat");
    drop(websocket);
    server.finish().await;
}

/// What the transport has begun to take must be completed, then the newest follows.
#[tokio::test(start_paused = true)]
async fn a_latest_packet_that_is_partly_written_is_not_replaced() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let list = Delivery::Latest(LatestKey(1));
    for number in 0..5 {
        peer.send_as(Packet::new(numbered(number, SMALL * 3)), list);
        until_idle().await;
    }
    assert_eq!(websocket.text().await, format!("4{}", numbered(0, SMALL * 3)));
    assert_eq!(websocket.text().await, format!("4{}", numbered(4, SMALL * 3)));
    peer.send("end");
    assert_eq!(websocket.text().await, "4end");
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn close_delivers_what_was_sent_before_and_nothing_after() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let long = "x".repeat(SMALL * 10);
    peer.send(&long);
    peer.send("last words");
    peer.session.close(CloseReason::Forced);
    peer.send("too late");
    assert_eq!(peer.closed().await.0, CloseReason::Forced);
    websocket.send_text("4dropped").await;
    let expected = [text(&format!("4{long}")), text("4last words"), Frame::Close(1000)];
    assert_eq!(websocket.rest().await, expected);
    drop(websocket);
    until_idle().await;
    assert_eq!(server.hub().session_count(), 0);
    assert_eq!(peer.waiting(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn close_waits_for_the_client_for_a_limited_time() {
    // One that takes nothing, and one that takes all but does not close its end.
    for length in [SMALL * 10, 10] {
        let mut server = Server::start(config());
        let (_websocket, peer) = server.websocket_on_small_stream().await;
        peer.send(&"x".repeat(length));
        peer.session.close(CloseReason::Forced);
        let (_, closed) = peer.closed().await;
        tokio::time::sleep_until(closed + config().close_timeout).await;
        assert_eq!(server.hub().session_count(), 1);
        until_idle().await;
        assert_eq!(server.hub().session_count(), 0);
        assert!(peer.is_dropped());
        server.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_reason_counts() {
    let mut server = Server::start(config());
    let (mut websocket, peer) = server.websocket().await;
    peer.session.close(CloseReason::Forced);
    peer.session.close(CloseReason::ParseError);
    websocket.send_text("abc").await;
    assert_eq!(websocket.rest().await, [Frame::Close(1000)]);
    drop(websocket);
    assert_eq!(peer.closed().await.0, CloseReason::Forced);
    server.finish().await;
}

/// Those who emit wait for the shards, not for clients.
#[tokio::test(start_paused = true)]
async fn the_queue_has_a_budget_that_is_given_back() {
    let mut server = Server::start(Config { queue_bytes: 4_000, ..config() });
    let (_stalled, peer) = server.websocket_on_small_stream().await;
    enter(&peer);
    until_idle().await;
    let shares = [1_000, 1_000].map(|bytes| server.hub().try_reserve(bytes).unwrap());
    assert!(server.hub().try_reserve(1_000).is_none(), "each counts for a little more");
    let packet = Packet::new("x".repeat(1_000));
    for share in shares {
        server.hub().broadcast(share, to_everyone(SCOPE, packet.clone(), Delivery::Reliable));
    }
    let started = Instant::now();
    drop(server.hub().reserve(usize::MAX).await);
    assert_eq!(Instant::now(), started, "the stalled client delays nobody");
    server.finish().await;
}
