//! WebSocket sessions: frames both ways, and the broken ones.

use bytes::Bytes;
use engineio::{CloseReason, Config, Delivery, Message, Packet};
use tokio::io::DuplexStream;
use tokio::time::Instant;

use crate::support::app::Peer;
use crate::support::http::upgrade;
use crate::support::server::{OPEN_WEBSOCKET, Server};
use crate::support::until_idle;
use crate::support::websocket::{
    BINARY, CLOSE, CONTINUATION, Frame, PING, PONG, TEXT, WebSocket, client_fragment, client_frame,
    text, unmasked_frame,
};

#[tokio::test(start_paused = true)]
async fn text_and_binary_go_both_ways() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    for length in [0, 125, 126, 65_535, 65_536, 200_000] {
        let payload = "x".repeat(length);
        websocket.send_text(&format!("4{payload}")).await;
        assert_eq!(peer.message().await, Message::from(payload.as_str()));
        peer.send(&payload);
        assert_eq!(websocket.frame().await, text(&format!("4{payload}")));
        let payload = Bytes::from(payload.into_bytes());
        websocket.send(client_frame(BINARY, &payload)).await;
        assert_eq!(peer.message().await, Message::Binary(payload.clone()));
        peer.send_as(Packet::new(payload.clone()), Delivery::Reliable);
        assert_eq!(websocket.frame().await, Frame::Binary(payload));
    }
    drop(websocket);
    server.finish().await;
}

/// What engine.io-client does that is told to force base64.
#[tokio::test(start_paused = true)]
async fn binary_may_come_as_base64() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    websocket.send_text("bAQIDBA==").await;
    assert_eq!(peer.message().await, Message::Binary(Bytes::from_static(&[1, 2, 3, 4])));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn fragments_become_one_message_and_control_frames_may_come_between() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    websocket.send(client_fragment(false, TEXT, b"4\xe2")).await;
    until_idle().await;
    websocket.send(client_frame(PING, b"still there?")).await;
    assert_eq!(websocket.frame().await, Frame::Pong(Bytes::from_static(b"still there?")));
    websocket.send(client_frame(PONG, b"unasked")).await;
    websocket.send(client_fragment(false, CONTINUATION, b"\x82")).await;
    websocket.send(client_fragment(true, CONTINUATION, b"\xac")).await;
    assert_eq!(peer.message().await, Message::from("€"), "a character may be cut in three");
    websocket.send(client_fragment(false, BINARY, b"a")).await;
    websocket.send(client_fragment(true, CONTINUATION, b"b")).await;
    assert_eq!(peer.message().await, Message::Binary(Bytes::from_static(b"ab")));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_frame_is_answered_and_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    peer.send("sent before");
    let code_and_reason = [&1001_u16.to_be_bytes()[..], b"going away"].concat();
    websocket.send(client_frame(CLOSE, &code_and_reason)).await;
    websocket.send_text("4said after the end").await;
    assert_eq!(websocket.rest().await, [text("4sent before"), Frame::Close(1001)]);
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    drop(websocket);
    until_idle().await;
    assert_eq!(server.hub().session_count(), 0);
    assert_eq!(peer.waiting(), 0);
    assert!(peer.is_dropped());
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_packet_ends_the_session() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    websocket.send_text("1").await;
    assert_eq!(websocket.rest().await, [Frame::Close(1000)]);
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_stream_ends_the_session_after_all_was_heard() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    for number in 0..500 {
        websocket.send_text(&format!("4{number}")).await;
    }
    drop(websocket);
    for number in 0..500 {
        assert_eq!(peer.message().await, Message::from(number.to_string()));
    }
    assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

/// Sends what is wrong after something right, and looks how the server takes it.
async fn assert_breaks(config: Config, wrong: &[u8], code: u16, reason: CloseReason) {
    let mut server = Server::start(config);
    let (mut websocket, peer): (WebSocket<DuplexStream>, Peer) = server.websocket().await;
    websocket.send([&client_frame(TEXT, b"4right")[..], wrong].concat()).await;
    let started = Instant::now();
    assert_eq!(websocket.rest().await, [Frame::Close(code)], "{wrong:x?}");
    assert_eq!(Instant::now(), started, "at once");
    assert_eq!(peer.message().await, Message::from("right"));
    assert_eq!(peer.closed().await.0, reason);
    assert_eq!(peer.waiting(), 0);
    drop(websocket);
    until_idle().await;
    assert_eq!(server.hub().session_count(), 0);
    assert!(peer.is_dropped());
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn frames_that_break_the_protocol_are_answered_with_1002() {
    let mut reserved = client_frame(TEXT, b"4a");
    reserved[0] |= 0x40;
    let wrongs = [
        unmasked_frame(TEXT, b"4a"),
        reserved,
        client_frame(0x3, b""),
        client_frame(CONTINUATION, b"of nothing"),
        [client_fragment(false, TEXT, b"4a"), client_frame(TEXT, b"4b")].concat(),
        client_fragment(false, PING, b"fragment"),
        client_frame(PING, &[b'x'; 126]),
        client_frame(CLOSE, b"\x03"),
        client_frame(CLOSE, &1005_u16.to_be_bytes()),
    ];
    for wrong in wrongs {
        assert_breaks(Config::default(), &wrong, 1002, CloseReason::TransportError).await;
    }
}

#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf8_is_answered_with_1007() {
    let fragments =
        [client_fragment(false, TEXT, b"4\xe2"), client_fragment(true, CONTINUATION, b"!")];
    for wrong in [client_frame(TEXT, b"4\xff"), fragments.concat()] {
        assert_breaks(Config::default(), &wrong, 1007, CloseReason::TransportError).await;
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_too_large_are_answered_with_1009() {
    let config = Config { max_payload: 100, ..Config::default() };
    let whole = client_frame(TEXT, &[b'4'; 101]);
    let header_only = &whole[..6];
    let fragments =
        [client_fragment(false, BINARY, &[0; 60]), client_fragment(false, CONTINUATION, &[0; 41])];
    for wrong in [&whole[..], header_only, &fragments.concat()] {
        assert_breaks(config.clone(), wrong, 1009, CloseReason::TooLarge).await;
    }
    let mut server = Server::start(config);
    let (mut websocket, peer) = server.websocket().await;
    websocket.send(client_frame(TEXT, &[b'4'; 100])).await;
    assert_eq!(peer.message().await.len(), 99, "the limit itself is allowed");
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn malformed_packets_close_the_session() {
    for wrong in ["abc", "", "2", "0{}", "7", "2probe", "b!"] {
        let frame = client_frame(TEXT, wrong.as_bytes());
        assert_breaks(Config::default(), &frame, 1000, CloseReason::ParseError).await;
    }
}

#[tokio::test(start_paused = true)]
async fn frames_right_behind_the_upgrade_request_are_heard() {
    let mut server = Server::start(Config::default());
    let mut http = server.dial();
    let mut bytes = upgrade(OPEN_WEBSOCKET).into_bytes();
    bytes.extend(client_frame(TEXT, b"4early"));
    let late = client_frame(TEXT, b"4late");
    bytes.extend(&late[..3]);
    http.send(bytes).await;
    let mut websocket = http.upgraded().await.unwrap();
    assert!(websocket.text().await.starts_with('0'));
    let peer = server.peer().await;
    assert_eq!(peer.message().await, Message::from("early"));
    websocket.send(&late[3..]).await;
    assert_eq!(peer.message().await, Message::from("late"));
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_wants_nothing_is_not_read() {
    let mut server = Server::start(Config::default());
    let http = server.dialer().dial_with(256);
    let (mut websocket, peer) = server.websocket_on(http).await;
    peer.limit(2);
    let writing = async {
        for number in 0..100 {
            websocket.send_text(&format!("4{number}")).await;
        }
    };
    let reading = async {
        until_idle().await;
        assert!(peer.session.is_paused());
        assert_eq!(peer.waiting(), 2);
        for number in 0..100 {
            assert_eq!(peer.message().await, Message::from(number.to_string()));
        }
        until_idle().await;
        assert!(!peer.session.is_paused());
    };
    tokio::join!(writing, reading);
    drop(websocket);
    server.finish().await;
}

/// Nothing is amiss with a packet of no messages, but there is nothing to send of it either.
#[tokio::test(start_paused = true)]
async fn a_packet_of_no_messages_sends_nothing() {
    let mut server = Server::start(Config::default());
    let (mut websocket, peer) = server.websocket().await;
    peer.send_as(Packet::sequence(Vec::new()), Delivery::Reliable);
    until_idle().await;
    peer.send("something");
    assert_eq!(websocket.text().await, "4something");
    drop(websocket);
    server.finish().await;
}
