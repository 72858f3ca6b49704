//! The way out: bounds, slow peers, rooms, and the order of what is sent.

use std::time::Duration;

use engineio::{Broadcast, CloseReason, Delivery, LatestKey, Packet, Session};

use crate::client::{Frame, WebSocket, text};
use crate::server::{EVERYONE, Server, enter, send};

fn to_everyone(message: &str) -> Broadcast {
    Broadcast {
        scope: EVERYONE,
        rooms: Vec::new(),
        except_rooms: Vec::new(),
        except_session: None,
        packet: Packet::new(message),
        delivery: Delivery::Reliable,
    }
}

async fn broadcast(server: &Server, broadcast: Broadcast) {
    let share = server.hub.reserve(broadcast.packet.len()).await;
    server.hub.broadcast(share, broadcast);
}

async fn join(server: &mut Server, capacity: usize, rooms: &[&str]) -> (WebSocket, Session) {
    let socket = WebSocket::open_with(server, capacity).await;
    let session = server.opened().await;
    enter(&session, rooms).await;
    (socket, session)
}

#[tokio::test(start_paused = true)]
async fn who_stops_reading_is_closed_at_the_bound_and_the_others_get_everything() {
    let mut server = Server::start(|config| config.outbox_bytes = 10_000);
    let (mut stalled, stalled_session) = join(&mut server, 1_000, &[]).await;
    let (mut reader, _) = join(&mut server, 1_000, &[]).await;
    let mut sent = 0;
    while stalled_session.is_open() {
        broadcast(&server, to_everyone(&format!("{sent:0100}"))).await;
        assert_eq!(reader.read().await, text(&format!("4{sent:0100}")));
        sent += 1;
        assert!(sent < 200, "the bound is at about 100 messages of 103 bytes");
    }
    assert!(sent > 90, "closed after {sent} messages, before its bound");
    assert_eq!(server.closed().await, CloseReason::SlowConsumer);
    assert_eq!(server.hub.session_count(), 1, "its place is free at once");
    let mut rest = 0;
    while stalled.read().await != Frame::End {
        rest += 1;
        assert!(rest < 20, "only what the transport had taken is left");
    }
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_is_closed_at_the_write_timeout() {
    let mut server = Server::start(|config| {
        config.ping_interval = Duration::from_secs(1_000);
        config.write_timeout = Duration::from_secs(20);
    });
    let (_stalled, session) = join(&mut server, 200, &[]).await;
    let started = tokio::time::Instant::now();
    send(&session, &"x".repeat(1_000)).await;
    assert_eq!(server.closed().await, CloseReason::SlowConsumer);
    assert_eq!(started.elapsed(), Duration::from_secs(20));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_that_keeps_reading_is_not_closed() {
    let mut server = Server::start(|config| {
        config.ping_interval = Duration::from_secs(1_000);
        config.write_timeout = Duration::from_secs(20);
    });
    let (mut slow, session) = join(&mut server, 200, &[]).await;
    for number in 0..20 {
        send(&session, &format!("{number:0400}")).await;
    }
    for number in 0..20 {
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(slow.read_text().await, format!("4{number:0400}"));
    }
    assert!(session.is_open());
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn volatile_packets_are_dropped_and_lists_replaced_past_the_bound() {
    let mut server = Server::start(|config| config.outbox_bytes = 1_000);
    let (mut stalled, session) = join(&mut server, 300, &[]).await;
    send(&session, &"x".repeat(500)).await;
    send(&session, &"y".repeat(400)).await;
    for number in 0..50 {
        let volatile = Delivery::Volatile;
        let packet = Packet::new("v".repeat(500));
        broadcast(&server, Broadcast { packet, delivery: volatile, ..to_everyone("") }).await;
        let latest = Delivery::Latest(LatestKey(1));
        let packet = Packet::new(format!("list {number} {}", "z".repeat(900)));
        broadcast(&server, Broadcast { packet, delivery: latest, ..to_everyone("") }).await;
    }
    // Everything was carried out before the first byte is read.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(session.is_open());
    assert_eq!(stalled.read_text().await, format!("4{}", "x".repeat(500)));
    assert_eq!(stalled.read_text().await, format!("4{}", "y".repeat(400)));
    assert!(stalled.read_text().await.starts_with("4list 49 "));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn rooms_exceptions_and_one_copy() {
    let mut server = Server::start(|_| {});
    let (mut ada, ada_session) = join(&mut server, 10_000, &["red", "blue"]).await;
    let (mut bob, bob_session) = join(&mut server, 10_000, &["blue"]).await;
    let (mut eve, eve_session) = join(&mut server, 10_000, &[]).await;
    let red_and_blue = vec!["red".into(), "blue".into()];
    broadcast(&server, Broadcast { rooms: red_and_blue.clone(), ..to_everyone("coloured") }).await;
    let except_rooms = vec!["red".into()];
    broadcast(&server, Broadcast { except_rooms, ..to_everyone("not red") }).await;
    let except_session = Some(bob_session.key());
    broadcast(&server, Broadcast { except_session, ..to_everyone("not bob") }).await;
    let share = server.hub.reserve(0).await;
    bob_session.leave(share, EVERYONE, vec!["blue".into()]);
    broadcast(&server, Broadcast { rooms: red_and_blue, ..to_everyone("red only") }).await;
    eve_session.exit(EVERYONE, Some(Packet::new("bye")));
    broadcast(&server, to_everyone("end")).await;
    for message in ["coloured", "not bob", "red only", "end"] {
        assert_eq!(ada.read().await, text(&format!("4{message}")));
    }
    for message in ["coloured", "not red", "end"] {
        assert_eq!(bob.read().await, text(&format!("4{message}")));
    }
    for message in ["not red", "not bob", "bye"] {
        assert_eq!(eve.read().await, text(&format!("4{message}")));
    }
    send(&eve_session, "only you").await;
    assert_eq!(eve.read().await, text("4only you"), "nothing was broadcast to who has left");
    assert!(ada_session.is_open());
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_done_in_order_arrives_in_order() {
    let mut server = Server::start(|_| {});
    let (mut socket, session) = join(&mut server, 10_000, &[]).await;
    let room = Broadcast { rooms: vec!["room".into()], ..to_everyone("to the room") };
    send(&session, "one").await;
    broadcast(&server, room.clone()).await;
    session.join(server.hub.reserve(0).await, EVERYONE, vec!["room".into()]);
    broadcast(&server, room.clone()).await;
    send(&session, "two").await;
    session.leave(server.hub.reserve(0).await, EVERYONE, vec!["room".into()]);
    broadcast(&server, room).await;
    broadcast(&server, to_everyone("three")).await;
    for message in ["one", "to the room", "two", "three"] {
        assert_eq!(socket.read().await, text(&format!("4{message}")));
    }
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn emitters_wait_while_the_queue_is_full() {
    let server = Server::start(|config| config.queue_bytes = 2_000);
    let all = server.hub.reserve(1_000_000).await;
    assert!(server.hub.try_reserve(0).is_none());
    drop(all);
    assert!(server.hub.try_reserve(0).is_some());
    server.ends_empty().await;
}
