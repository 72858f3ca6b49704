//! Pings, pongs and their deadlines, to the millisecond.

use std::time::Duration;

use engineio::{CloseReason, Config, Session};
use tokio::time::Instant;

use crate::support::app::Peer;
use crate::support::polling::{Poller, packets};
use crate::support::server::Server;
use crate::support::until_idle;
use crate::support::websocket::{PONG, client_frame, text};

const INTERVAL: Duration = Duration::from_secs(25);
const TIMEOUT: Duration = Duration::from_secs(20);

/// A moment before the timeout.
const ALMOST: Duration = Duration::from_millis(19_999);

/// Some time that has nothing to do with the settings.
const A_WHILE: Duration = Duration::from_millis(1234);

async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn assert_ends(server: &Server, peer: &Peer, expected: Instant) {
    assert_eq!(peer.closed().await, (CloseReason::PingTimeout, expected));
    assert_eq!(Instant::now(), expected);
    assert_eq!(server.hub().session_count(), 0);
    until_idle().await;
    assert!(peer.is_dropped());
}

#[tokio::test(start_paused = true)]
async fn websocket_pings_follow_the_handshake_and_each_pong() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (mut websocket, peer) = server.websocket().await;
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), opened + INTERVAL);
    wait(A_WHILE).await;
    let answered = Instant::now();
    websocket.send_text("3").await;
    assert_eq!(websocket.frame().await, text("2"));
    let pinged = answered + INTERVAL;
    assert_eq!(Instant::now(), pinged);
    assert_ends(&server, &peer, pinged + TIMEOUT).await;
    assert_eq!(websocket.rest().await, []);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn polling_pings_follow_the_handshake_and_each_pong() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (poller, peer) = Poller::open(&mut server).await;
    assert_eq!(packets(&poller.poll().await), ["2"]);
    assert_eq!(Instant::now(), opened + INTERVAL);
    wait(A_WHILE).await;
    let answered = Instant::now();
    poller.say("3").await;
    assert_eq!(packets(&poller.poll().await), ["2"]);
    let pinged = answered + INTERVAL;
    assert_eq!(Instant::now(), pinged);
    let mut poll = poller.begin_poll().await;
    assert_ends(&server, &peer, pinged + TIMEOUT).await;
    assert_eq!(packets(&poll.answer().await), ["1"]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_never_polled_is_freed() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (_poller, peer) = Poller::open(&mut server).await;
    assert_ends(&server, &peer, opened + INTERVAL + TIMEOUT).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_pong_at_the_last_moment_counts() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    assert_eq!(websocket.frame().await, text("2"));
    wait(ALMOST).await;
    let answered = Instant::now();
    websocket.send_text("3").await;
    assert_eq!(websocket.frame().await, text("2"));
    assert_ends(&server, &peer, answered + INTERVAL + TIMEOUT).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pongs_that_nobody_asked_for_change_nothing() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (mut websocket, peer) = server.websocket().await;
    for _ in 0..3 {
        wait(A_WHILE).await;
        websocket.send_text("3").await;
    }
    assert_eq!(websocket.frame().await, text("2"));
    let pinged = opened + INTERVAL;
    assert_eq!(Instant::now(), pinged);
    wait(A_WHILE).await;
    // Only packets answer pings, not frames, messages or noops.
    websocket.send(client_frame(PONG, b"")).await;
    websocket.send_text("43").await;
    websocket.send_text("6").await;
    assert_ends(&server, &peer, pinged + TIMEOUT).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn two_pongs_ask_for_one_ping() {
    let mut server = Server::start(Config::default());
    let (mut websocket, _peer) = server.websocket().await;
    assert_eq!(websocket.frame().await, text("2"));
    websocket.send_text("3").await;
    wait(A_WHILE).await;
    websocket.send_text("3").await;
    let answered = Instant::now() - A_WHILE;
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), answered + INTERVAL);
    wait(A_WHILE).await;
    websocket.send_text("3").await;
    let answered = Instant::now();
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), answered + INTERVAL);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_wants_no_input_suspends_the_deadline() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    peer.limit(0);
    assert_eq!(websocket.frame().await, text("2"));
    // The answer lies in the socket, unread.
    websocket.send_text("3").await;
    wait(TIMEOUT * 5).await;
    assert!(peer.session.is_open());
    peer.limit(1);
    let read = Instant::now();
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), read + INTERVAL);
    assert_ends(&server, &peer, read + INTERVAL + TIMEOUT).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_a_fresh_one_once_input_is_wanted_again() {
    for pause in [A_WHILE, ALMOST, TIMEOUT, TIMEOUT * 5] {
        let mut server = Server::start(Config::default());
        let (mut websocket, peer) = server.websocket().await;
        assert_eq!(websocket.frame().await, text("2"));
        peer.limit(0);
        wait(pause).await;
        let wanted = Instant::now();
        peer.limit(1);
        assert_ends(&server, &peer, wanted + TIMEOUT).await;
        server.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_sent_while_no_input_is_wanted() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    assert_eq!(packets(&poller.poll().await), ["2"]);
    assert_eq!(Instant::now(), opened + INTERVAL);
    wait(TIMEOUT * 2).await;
    let wanted = Instant::now();
    peer.limit(1);
    assert_ends(&server, &peer, wanted + TIMEOUT).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_rhythm_goes_on_across_an_upgrade() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (poller, peer) = Poller::open(&mut server).await;
    wait(A_WHILE).await;
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    websocket.send_text("5").await;
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), opened + INTERVAL);
    assert_ends(&server, &peer, opened + INTERVAL + TIMEOUT).await;
    server.finish().await;
}

/// Asks a client for a sign of life.
async fn probe(session: &Session) -> bool {
    session.probe(session.hub().reserve(0).await).await
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_asked_answers_and_keeps_its_rhythm() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (mut websocket, peer) = server.websocket().await;
    wait(A_WHILE).await;
    let ask = async { tokio::join!(probe(&peer.session), probe(&peer.session)) };
    let answer = async {
        assert_eq!(websocket.frame().await, text("2"));
        websocket.send_text("3").await;
    };
    assert_eq!(tokio::join!(ask, answer).0, (true, true));
    assert_eq!(websocket.frame().await, text("2"), "asked twice, pinged once, and then in turn");
    assert_eq!(Instant::now(), opened + INTERVAL);
    let answered = Instant::now();
    websocket.send_text("3").await;
    assert_eq!(websocket.frame().await, text("2"));
    assert_eq!(Instant::now(), answered + INTERVAL);
    assert_ends(&server, &peer, answered + INTERVAL + TIMEOUT).await;
    assert!(!probe(&peer.session).await, "who has gone does not answer");
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_asked_over_polling_answers_by_post() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let answer = async {
        assert_eq!(packets(&poller.poll().await), ["2"]);
        poller.say("3").await;
    };
    assert!(tokio::join!(probe(&peer.session), answer).0);
    drop(poller);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_a_client_that_says_nothing_waits_for_its_end() {
    let mut server = Server::start(Config::default());
    let opened = Instant::now();
    let (_websocket, peer) = server.websocket().await;
    let given_up = tokio::time::timeout(A_WHILE, probe(&peer.session)).await;
    assert!(given_up.is_err());
    assert!(!probe(&peer.session).await);
    assert_eq!(Instant::now(), opened + INTERVAL + TIMEOUT);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_read_counts_as_one_that_answers() {
    let mut server = Server::start(Config::default());
    let (_websocket, peer) = server.websocket().await;
    peer.limit(0);
    until_idle().await;
    assert!(probe(&peer.session).await);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_read_any_more_after_it_was_asked_counts_as_one_that_answers() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    let stop_reading = async {
        assert_eq!(websocket.frame().await, text("2"));
        peer.limit(0);
    };
    let asked = tokio::time::timeout(A_WHILE, probe(&peer.session));
    assert_eq!(tokio::join!(asked, stop_reading).0, Ok(true));
    server.finish().await;
}
