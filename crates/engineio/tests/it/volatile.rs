//! Volatile packets: each session gets one if its transport is writable at that moment, or never.

use bytes::Bytes;
use engineio::{Config, Delivery, Packet, Scope};
use tokio::io::DuplexStream;

use crate::support::app::Peer;
use crate::support::polling::{Poller, packets};
use crate::support::server::{SMALL_STREAM_BYTES as SMALL, Server};
use crate::support::websocket::{Frame, PING, WebSocket, client_frame, text};
use crate::support::{entry, to_everyone, until_idle};

const SCOPE: Scope = Scope(3);

fn send(peer: &Peer, text: &str) {
    peer.send_as(Packet::new(text), Delivery::Volatile);
}

/// A WebSocket that does not take everything, and what it has begun to take.
async fn blocked(server: &mut Server) -> (WebSocket<DuplexStream>, Peer, String) {
    let (websocket, peer) = server.websocket_on_small_stream().await;
    let long = "x".repeat(SMALL * 4);
    peer.send(&long);
    until_idle().await;
    (websocket, peer, format!("4{long}"))
}

/// A polling session whose WebSocket was probed and has yet to be confirmed.
async fn upgrading(server: &mut Server) -> (WebSocket<DuplexStream>, Peer) {
    let (poller, peer) = Poller::open(server).await;
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    assert_eq!(websocket.frame().await, text("3probe"));
    (websocket, peer)
}

#[tokio::test(start_paused = true)]
async fn dropped_while_a_websocket_has_not_taken_what_came_before() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer, long) = blocked(&mut server).await;
    send(&peer, "too early");
    until_idle().await;
    assert_eq!(websocket.text().await, long);
    until_idle().await;
    send(&peer, "in time");
    assert_eq!(websocket.text().await, "4in time");
    drop(websocket);
    server.finish().await;
}

/// What the transport does not take of a burst must not come late.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_burst_is_dropped_where_the_transport_stops_taking() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    for number in 0..10 {
        send(&peer, &format!("{number:<60}"));
    }
    peer.send("chat");
    send(&peer, "behind it");
    until_idle().await;
    // Two were taken whole, the third in part.
    for number in 0..3 {
        assert_eq!(websocket.text().await, format!("4{number:<60}"));
    }
    assert_eq!(websocket.text().await, "4chat");
    peer.send("end");
    assert_eq!(websocket.text().await, "4end");
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn dropped_while_no_request_of_a_polling_client_waits() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    send(&peer, "too early");
    until_idle().await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    send(&peer, "in time");
    send(&peer, "together with it");
    assert_eq!(packets(&poll.answer().await), ["4in time", "4together with it"]);
    send(&peer, "too late");
    peer.send("end");
    until_idle().await;
    assert_eq!(packets(&poller.poll().await), ["4end"]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_payload_does_not_hold_is_dropped() {
    let mut server = Server::start(Config { max_payload: 20, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    for number in 0..5 {
        send(&peer, &format!("{number:<7}"));
    }
    peer.send("chat");
    assert_eq!(packets(&poll.answer().await), ["40      ", "41      "]);
    assert_eq!(packets(&poller.poll().await), ["4chat"]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn dropped_in_the_middle_of_an_upgrade() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = upgrading(&mut server).await;
    send(&peer, "neither here nor there");
    peer.send("chat");
    until_idle().await;
    websocket.send_text("5").await;
    assert_eq!(websocket.frame().await, text("4chat"));
    send(&peer, "in time");
    assert_eq!(websocket.frame().await, text("4in time"));
    drop(websocket);
    server.finish().await;
}

/// A request that still waits is about to be let go, so that the client can confirm.
#[tokio::test(start_paused = true)]
async fn dropped_in_the_middle_of_an_upgrade_although_a_request_waits() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    assert_eq!(websocket.frame().await, text("3probe"));
    send(&peer, "neither here nor there");
    assert_eq!(packets(&poll.answer().await), ["6"]);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn each_session_of_a_broadcast_has_its_own_moment() {
    let mut server = Server::start(Config { shards: 2, ..Config::default() });
    let (mut free, free_peer) = server.websocket().await;
    let (mut slow, slow_peer, long) = blocked(&mut server).await;
    let (waiting, waiting_peer) = Poller::open(&mut server).await;
    let (away, away_peer) = Poller::open(&mut server).await;
    let (mut between, between_peer) = upgrading(&mut server).await;
    for peer in [&free_peer, &slow_peer, &waiting_peer, &away_peer, &between_peer] {
        let share = server.hub().try_reserve(0).unwrap();
        peer.session.enter(share, entry(SCOPE, Vec::new()), Vec::new());
    }
    let mut poll = waiting.begin_poll().await;
    until_idle().await;
    for (text, delivery) in [("volatile", Delivery::Volatile), ("end", Delivery::Reliable)] {
        let share = server.hub().try_reserve(text.len()).unwrap();
        server.hub().broadcast(share, to_everyone(SCOPE, Packet::new(text), delivery));
    }
    until_idle().await;
    between.send_text("5").await;
    assert_eq!(free.text().await, "4volatile");
    assert_eq!(free.text().await, "4end");
    assert_eq!(slow.text().await, long);
    assert_eq!(slow.text().await, "4end");
    assert_eq!(packets(&poll.answer().await), ["4volatile", "4end"]);
    assert_eq!(packets(&away.poll().await), ["4end"]);
    assert_eq!(between.text().await, "4end");
    drop((free, slow, between));
    server.finish().await;
}

/// However many there are, and however small the bound.
#[tokio::test(start_paused = true)]
async fn nobody_is_slow_because_of_volatile_packets() {
    let mut server = Server::start(Config { outbox_bytes: 100, ..Config::default() });
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    let (poller, poller_peer) = Poller::open(&mut server).await;
    for number in 0..100 {
        send(&peer, &format!("{number:<60}"));
        send(&poller_peer, &format!("{number:<60}"));
    }
    until_idle().await;
    assert!(peer.session.is_open() && poller_peer.session.is_open());
    assert_eq!(websocket.text().await, format!("4{:<60}", 0));
    poller_peer.send("end");
    assert_eq!(packets(&poller.poll().await), ["4end"]);
    drop(websocket);
    server.finish().await;
}

/// All while there is room; then the newest, which is not lost (RFC 6455 §5.5.3).
#[tokio::test(start_paused = true)]
async fn pings_are_answered_one_by_one_or_the_newest_alone() {
    let mut server = Server::start(Config::default());
    let pong = |number: usize| Frame::Pong(Bytes::from(number.to_string()));
    let pings = |range: std::ops::Range<usize>| {
        range
            .flat_map(|number| client_frame(PING, number.to_string().as_bytes()))
            .collect::<Vec<_>>()
    };
    let (mut websocket, peer) = server.websocket_on_small_stream().await;
    websocket.send(pings(0..10)).await;
    for number in 0..10 {
        assert_eq!(websocket.frame().await, pong(number));
    }
    let long = "x".repeat(SMALL * 4);
    peer.send(&long);
    until_idle().await;
    websocket.send(pings(0..10)).await;
    until_idle().await;
    assert_eq!(websocket.text().await, format!("4{long}"));
    assert_eq!(websocket.frame().await, pong(9));
    peer.send("end");
    assert_eq!(websocket.text().await, "4end");
    drop(websocket);
    server.finish().await;
}
