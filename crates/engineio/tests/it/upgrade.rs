//! From polling to WebSocket: the steps, and what may go wrong at each.

use std::time::Duration;

use engineio::{CloseReason, Config, Message, TransportKind};
use tokio::io::DuplexStream;
use tokio::time::Instant;

use crate::support::polling::{Poller, packets};
use crate::support::server::Server;
use crate::support::until_idle;
use crate::support::websocket::{Frame, PING, TEXT, WebSocket, client_frame, text};

async fn open_websocket(server: &Server, poller: &Poller) -> WebSocket<DuplexStream> {
    server.dial().upgrade(&poller.websocket_target()).await.unwrap()
}

async fn probe(server: &Server, poller: &Poller) -> WebSocket<DuplexStream> {
    let mut websocket = open_websocket(server, poller).await;
    websocket.send_text("2probe").await;
    assert_eq!(websocket.frame().await, text("3probe"));
    websocket
}

#[tokio::test(start_paused = true)]
async fn the_steps_of_an_upgrade() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    let mut websocket = probe(&server, &poller).await;
    assert_eq!(packets(&poll.answer().await), ["6"], "the waiting request is let go");
    peer.send("while nobody polls");
    until_idle().await;
    assert_eq!(peer.session.transport(), TransportKind::Polling);
    websocket.send_text("5").await;
    assert_eq!(websocket.frame().await, text("4while nobody polls"));
    assert_eq!(peer.session.transport(), TransportKind::WebSocket);
    peer.send("over the new one");
    assert_eq!(websocket.frame().await, text("4over the new one"));
    websocket.send_text("4back").await;
    assert_eq!(peer.message().await, Message::from("back"));
    drop(websocket);
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_still_waits_when_the_client_has_upgraded_is_refused() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut websocket = open_websocket(&server, &poller).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    websocket.send([client_frame(TEXT, b"2probe"), client_frame(TEXT, b"5")].concat()).await;
    assert_eq!(poll.answer().await.status, 400);
    assert_eq!(websocket.frame().await, text("3probe"));
    peer.send("hello");
    assert_eq!(websocket.frame().await, text("4hello"));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn messages_right_behind_the_upgrade_packet_follow_those_that_were_posted() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(1);
    poller.say("40\x1e41\x1e42").await;
    let mut websocket = probe(&server, &poller).await;
    let frames = ["5", "43", "44"].map(|packet| client_frame(TEXT, packet.as_bytes()));
    websocket.send(frames.concat()).await;
    for number in 0..5 {
        assert_eq!(peer.message().await, Message::from(number.to_string()));
    }
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn control_frames_do_not_disturb_a_probe() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut websocket = open_websocket(&server, &poller).await;
    websocket.send(client_frame(PING, b"")).await;
    websocket.send_text("2probe").await;
    assert_eq!(websocket.frame().await, text("3probe"));
    websocket.send(client_frame(PING, b"")).await;
    websocket.send_text("5").await;
    peer.send("upgraded");
    assert_eq!(websocket.frame().await, text("4upgraded"));
    drop(websocket);
    server.finish().await;
}

/// Polls go on to be answered, and wait when there is nothing.
async fn assert_still_polls(server: Server, poller: &Poller, peer: &crate::support::app::Peer) {
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    peer.send("polling still works");
    assert_eq!(packets(&poll.answer().await), ["4polling still works"]);
    poller.say("4both ways").await;
    assert_eq!(peer.message().await, Message::from("both ways"));
    assert_eq!(peer.session.transport(), TransportKind::Polling);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_not_confirmed_times_out_and_leaves_polling_alone() {
    let long = Config { ping_interval: Duration::from_secs(9999), ..Config::default() };
    let mut server = Server::start(long);
    let (poller, peer) = Poller::open(&mut server).await;
    let opened = Instant::now();
    let mut websocket = probe(&server, &poller).await;
    assert_eq!(websocket.frame().await, Frame::End);
    assert_eq!(Instant::now(), opened + Config::default().upgrade_timeout);
    assert_still_polls(server, &poller, &peer).await;
}

#[tokio::test(start_paused = true)]
async fn a_websocket_that_says_nothing_times_out_and_leaves_polling_alone() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let opened = Instant::now();
    let mut websocket = open_websocket(&server, &poller).await;
    assert_eq!(websocket.frame().await, Frame::End);
    assert_eq!(Instant::now(), opened + Config::default().upgrade_timeout);
    assert_still_polls(server, &poller, &peer).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_probe_closes_the_websocket_and_leaves_polling_alone() {
    let wrongs: [&[&str]; 6] =
        [&["5"], &["4hello"], &["abc"], &["1"], &["2probe", "4hello"], &["2probe", "2probe"]];
    for wrong in wrongs {
        let mut server = Server::start(Config::default());
        let (poller, peer) = Poller::open(&mut server).await;
        let opened = Instant::now();
        let mut websocket = open_websocket(&server, &poller).await;
        for packet in wrong {
            websocket.send_text(packet).await;
        }
        let frames = websocket.rest().await;
        assert!(frames.is_empty() || frames == [text("3probe")], "{frames:?}");
        assert_eq!(Instant::now(), opened, "at once");
        assert_eq!(peer.waiting(), 0);
        assert_still_polls(server, &poller, &peer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_leaves_polling_alone_and_another_one_may_follow() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    drop(probe(&server, &poller).await);
    until_idle().await;
    let mut websocket = probe(&server, &poller).await;
    websocket.send_text("5").await;
    peer.send("upgraded");
    assert_eq!(websocket.frame().await, text("4upgraded"));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn of_two_probes_at_the_same_time_the_first_one_goes_on() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut first = probe(&server, &poller).await;
    let mut second = open_websocket(&server, &poller).await;
    let started = Instant::now();
    second.send([client_frame(TEXT, b"2probe"), client_frame(TEXT, b"5")].concat()).await;
    assert_eq!(second.rest().await, []);
    assert_eq!(Instant::now(), started);
    first.send_text("5").await;
    peer.send("upgraded");
    assert_eq!(first.frame().await, text("4upgraded"));
    drop(first);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_upgrade_polls_are_refused_and_websockets_closed() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut websocket = probe(&server, &poller).await;
    websocket.send_text("5").await;
    until_idle().await;
    let bad_request = r#"{"code":3,"message":"Bad request"}"#;
    assert_eq!(poller.poll().await.text(), bad_request);
    assert_eq!(poller.post("4by post").await.text(), bad_request);
    let started = Instant::now();
    let mut other = open_websocket(&server, &poller).await;
    assert_eq!(other.rest().await, [Frame::Close(1000)]);
    assert_eq!(Instant::now(), started);
    peer.send("unharmed");
    assert_eq!(websocket.frame().await, text("4unharmed"));
    assert_eq!(peer.waiting(), 0);
    drop(websocket);
    server.finish().await;
}

/// A client that was told to wait for its upgrade would never learn of the end otherwise.
#[tokio::test(start_paused = true)]
async fn an_upgrade_under_way_carries_the_end_of_its_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut websocket = probe(&server, &poller).await;
    peer.send("last words");
    peer.session.close(CloseReason::Forced);
    assert_eq!(peer.closed().await.0, CloseReason::Forced);
    websocket.send_text("5").await;
    assert_eq!(websocket.rest().await, [text("4last words"), Frame::Close(1000)]);
    drop(websocket);
    until_idle().await;
    assert_eq!(server.hub().session_count(), 0);
    assert!(peer.is_dropped());
    server.finish().await;
}

/// Neither a WebSocket that probes nor one that has not yet said anything outlives the session.
#[tokio::test(start_paused = true)]
async fn the_end_of_the_session_ends_its_probes() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut probing = probe(&server, &poller).await;
    let mut silent = open_websocket(&server, &poller).await;
    poller.say("1").await;
    let started = Instant::now();
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    assert_eq!(probing.rest().await, []);
    assert_eq!(silent.rest().await, []);
    assert_eq!(Instant::now(), started);
    server.finish().await;
    assert_eq!(Instant::now(), started, "shutdown waits for none of them");
}
