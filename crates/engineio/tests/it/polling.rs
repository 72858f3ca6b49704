//! Long-polling: payloads both ways, and everything that ends a session.

use std::time::Duration;

use bytes::Bytes;
use engineio::{CloseReason, Config, Delivery, Message, Packet};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::support::app::Peer;
use crate::support::http::{Answer, Http, get, post};
use crate::support::polling::{Poller, packets};
use crate::support::server::Server;
use crate::support::until_idle;

#[tokio::test(start_paused = true)]
async fn packets_that_wait_come_in_one_payload() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    peer.send("hello");
    let binary = vec![Bytes::from_static(&[1, 2, 3, 4])];
    peer.send_as(Packet::with_attachments("€", binary), Delivery::Reliable);
    until_idle().await;
    assert_eq!(poller.poll().await.text(), "4hello\x1e4€\x1ebAQIDBA==");
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_waiting_request_is_answered_by_the_next_packet() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    peer.send("now");
    assert_eq!(packets(&poll.answer().await), ["4now"]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_posted_arrives_in_order() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let answer = poller.post("4one\x1ebAQIDBA==\x1e6\x1e4€\x1e4").await;
    assert_eq!((answer.status, answer.text()), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    poller.say("4two").await;
    assert_eq!(peer.message().await, Message::from("one"));
    assert_eq!(peer.message().await, Message::Binary(Bytes::from_static(&[1, 2, 3, 4])));
    assert_eq!(peer.message().await, Message::from("€"));
    assert_eq!(peer.message().await, Message::from(""));
    assert_eq!(peer.message().await, Message::from("two"));
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn one_connection_can_carry_all_requests() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut http = server.dial();
    for round in 0..3 {
        assert_eq!(http.post(&poller.target(), format!("4{round}")).await.text(), "ok");
        peer.send(&round.to_string());
        assert_eq!(http.get(&poller.target()).await.text(), format!("4{round}"));
    }
    server.finish().await;
}

/// The session ends at once, and nothing remains of it.
async fn assert_gone(server: &Server, poller: &Poller, peer: &Peer, reason: CloseReason) {
    until_idle().await;
    assert_eq!(peer.close_reason(), Some(reason));
    assert_eq!(server.hub().session_count(), 0);
    let answer = poller.poll().await;
    assert_eq!((answer.status, answer.text()), unknown());
    until_idle().await;
    assert!(peer.is_dropped(), "the connection is dropped");
}

fn unknown() -> (u16, &'static str) {
    (400, r#"{"code":1,"message":"Session ID unknown"}"#)
}

fn bad_request() -> (u16, &'static str) {
    (400, r#"{"code":3,"message":"Bad request"}"#)
}

fn parts(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.text())
}

#[tokio::test(start_paused = true)]
async fn a_second_poll_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut first = poller.begin_poll().await;
    until_idle().await;
    assert_eq!(parts(&poller.poll().await), bad_request());
    assert_eq!(packets(&first.answer().await), ["1"]);
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_given_up_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let poll = poller.begin_poll().await;
    until_idle().await;
    drop(poll);
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

/// The disconnect is told, and not waited for.
#[tokio::test(start_paused = true)]
async fn a_poll_that_comes_together_with_the_end_of_its_connection_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let opened = Instant::now();
    let (client, stream) = tokio::io::duplex(1 << 16);
    let mut http = Http::new(client);
    http.send(get(&poller.target())).await;
    http.stream.shutdown().await.unwrap();
    server.dialer().serve(stream);
    assert_eq!(peer.closed().await, (CloseReason::TransportError, opened));
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_post_at_the_same_time_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut first = server.dial();
    let request = post(&poller.target(), b"4never whole");
    first.send(&request[..request.len() - 1]).await;
    until_idle().await;
    assert_eq!(parts(&poller.post("4second").await), bad_request());
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    first.send(&request[request.len() - 1..]).await;
    assert_eq!(parts(&first.answer().await), unknown());
    assert_eq!(peer.waiting(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn posts_wait_in_the_inbox_while_the_connection_takes_nothing() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    for round in 0..3 {
        poller.say(&format!("4{round}")).await;
    }
    peer.limit(3);
    assert_eq!(peer.message().await, Message::from("0"));
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_post_that_is_cut_off_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut http = server.dial();
    let request = post(&poller.target(), b"4never whole");
    http.send(&request[..request.len() - 1]).await;
    until_idle().await;
    drop(http);
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_post_has_a_deadline() {
    let config =
        Config { ping_interval: std::time::Duration::from_secs(1000), ..Config::default() };
    let mut server = Server::start(config);
    let (poller, peer) = Poller::open(&mut server).await;
    let mut http = server.dial();
    let request = post(&poller.target(), b"4never whole");
    http.send(&request[..request.len() - 1]).await;
    assert_eq!(parts(&http.answer().await), bad_request());
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_packet_ends_the_session_and_the_waiting_poll() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut poll = poller.begin_poll().await;
    until_idle().await;
    poller.say("4last words\x1e1").await;
    assert_eq!(packets(&poll.answer().await), ["6"]);
    assert_eq!(peer.message().await, Message::from("last words"));
    assert_gone(&server, &poller, &peer, CloseReason::TransportClose).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn many_last_words_are_all_heard() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let mut packets = (0..200).map(|number| format!("4{number}")).collect::<Vec<_>>();
    packets.push("1".to_owned());
    poller.say(&packets.join("\x1e")).await;
    for number in 0..200 {
        assert_eq!(peer.message().await, Message::from(number.to_string()));
    }
    until_idle().await;
    assert_eq!(peer.close_reason(), Some(CloseReason::TransportClose));
    // A request that was on its way when the client closed finds an answer.
    assert_eq!(poller.poll().await.text(), "6");
    assert_gone(&server, &poller, &peer, CloseReason::TransportClose).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_declared_too_large_ends_the_session() {
    let mut server = Server::start(Config { max_payload: 100, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    poller.say(&format!("4{}", "x".repeat(99))).await;
    assert_eq!(peer.message().await.len(), 99, "the limit itself is allowed");
    // Nobody waits for the body.
    let mut http = server.dial();
    http.send(&post(&poller.target(), &[b'4'; 101])[..150]).await;
    assert_eq!(http.answer().await.status, 413);
    assert_gone(&server, &poller, &peer, CloseReason::TooLarge).await;
    server.finish().await;
}

fn chunked(target: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut request = head.into_bytes();
    for piece in body.chunks(40) {
        request.extend(format!("{:x}\r\n", piece.len()).bytes());
        request.extend(piece);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    request
}

#[tokio::test(start_paused = true)]
async fn a_body_that_grows_too_large_ends_the_session() {
    let mut server = Server::start(Config { max_payload: 100, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    let mut http = server.dial();
    http.send(chunked(&poller.target(), &[b'4'; 100])).await;
    assert_eq!(http.answer().await.text(), "ok");
    assert_eq!(peer.message().await.len(), 99);
    let mut http = server.dial();
    http.send(chunked(&poller.target(), &[b'4'; 101])).await;
    assert_eq!(http.answer().await.status, 413);
    assert_gone(&server, &poller, &peer, CloseReason::TooLarge).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_malformed_payload_ends_the_session_and_none_of_it_is_heard() {
    let bodies: [&[u8]; 8] =
        [b"", b"abc", b"4a\x1e", b"4a\x1e9", b"4a\x1eb!", b"2", b"4\xff", b"4a\x1e2probe"];
    for body in bodies {
        let mut server = Server::start(Config::default());
        let (poller, peer) = Poller::open(&mut server).await;
        let mut poll = poller.begin_poll().await;
        until_idle().await;
        assert_eq!(parts(&poller.post(body).await), bad_request(), "{body:?}");
        assert_eq!(packets(&poll.answer().await), ["1"]);
        assert_gone(&server, &poller, &peer, CloseReason::ParseError).await;
        assert_eq!(peer.waiting(), 0);
        server.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_is_held_until_the_connection_takes_input() {
    let mut server = Server::start(Config { inbox_messages: 2, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    poller.say("40\x1e41").await;
    let mut held = server.dial();
    held.send(post(&poller.target(), b"42\x1e43")).await;
    until_idle().await;
    assert!(peer.session.is_paused());
    peer.limit(1);
    until_idle().await;
    assert_eq!(peer.waiting(), 1, "no more than the connection wants");
    assert_eq!(peer.message().await, Message::from("0"));
    assert_eq!(held.answer().await.text(), "ok", "once all four fit");
    for text in ["1", "2", "3"] {
        assert_eq!(peer.message().await, Message::from(text));
    }
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_post_is_also_held_by_the_length_of_what_waits() {
    let mut server = Server::start(Config { max_payload: 10, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    poller.say("4123456789").await;
    poller.say("4one more").await;
    let mut held = server.dial();
    held.send(post(&poller.target(), b"4held")).await;
    let early = tokio::time::timeout(Duration::from_secs(1), held.answer()).await;
    assert!(early.is_err(), "ten bytes wait already");
    peer.limit(1);
    assert_eq!(peer.message().await, Message::from("123456789"));
    assert_eq!(peer.message().await, Message::from("one more"));
    assert_eq!(held.answer().await.text(), "ok");
    assert_eq!(peer.message().await, Message::from("held"));
    server.finish().await;
}

/// The end of the session frees a POST that is held.
#[tokio::test(start_paused = true)]
async fn a_held_post_ends_with_its_session() {
    let mut server = Server::start(Config { inbox_messages: 1, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    let mut held = server.dial();
    held.send(post(&poller.target(), b"40\x1e41")).await;
    let poll = poller.begin_poll().await;
    until_idle().await;
    drop(poll);
    assert_eq!(parts(&held.answer().await), unknown());
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_held_post_that_is_given_up_ends_the_session() {
    let mut server = Server::start(Config { inbox_messages: 1, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    peer.limit(0);
    let mut held = server.dial();
    held.send(post(&poller.target(), b"40\x1e41")).await;
    until_idle().await;
    drop(held);
    assert_gone(&server, &poller, &peer, CloseReason::TransportError).await;
    server.finish().await;
}

/// A payload is at most `max_payload` long, unless a single packet is longer.
#[tokio::test(start_paused = true)]
async fn long_queues_come_in_several_payloads() {
    let mut server = Server::start(Config { max_payload: 20, ..Config::default() });
    let (poller, peer) = Poller::open(&mut server).await;
    peer.send("0123456");
    peer.send("0123456");
    peer.send("0123456");
    peer.send(&"long".repeat(10));
    until_idle().await;
    assert_eq!(packets(&poller.poll().await), ["40123456", "40123456"]);
    assert_eq!(packets(&poller.poll().await), ["40123456"]);
    assert_eq!(packets(&poller.poll().await), [format!("4{}", "long".repeat(10))]);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn close_lets_a_polling_client_fetch_what_was_sent_before() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    peer.send("last words");
    peer.session.close(CloseReason::Forced);
    peer.send("too late");
    assert_eq!(peer.closed().await.0, CloseReason::Forced);
    // What the client says meanwhile is dropped, but must not make it give up.
    poller.say("4anybody there?").await;
    assert_eq!(packets(&poller.poll().await), ["4last words"]);
    assert_eq!(packets(&poller.poll().await), ["1"]);
    assert_gone(&server, &poller, &peer, CloseReason::Forced).await;
    assert_eq!(peer.waiting(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn close_waits_for_a_polling_client_for_a_limited_time() {
    let mut server = Server::start(Config::default());
    let (_poller, peer) = Poller::open(&mut server).await;
    peer.session.close(CloseReason::Forced);
    let (_, at) = peer.closed().await;
    tokio::time::sleep_until(at + Config::default().close_timeout).await;
    assert_eq!(server.hub().session_count(), 1);
    until_idle().await;
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_body_is_a_poll_all_the_same() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    peer.send("x");
    let mut http = server.dial();
    let with_length = get(&poller.target()).replace("test\r\n", "test\r\nContent-Length: 2\r\n");
    http.send(with_length + "4a").await;
    assert_eq!(http.answer().await.text(), "4x");
    assert_eq!(peer.waiting(), 0);
    server.finish().await;
}
