//! WebSocket sessions: frames, limits, and their ends.

use std::time::Duration;

use bytes::Bytes;
use engineio::{CloseReason, Message};
use tokio::io::AsyncWriteExt;

use crate::client::{Frame, WebSocket, client_frame, text, websocket_request};
use crate::server::{Server, send};

#[tokio::test(start_paused = true)]
async fn text_binary_and_fragments() {
    let mut server = Server::start(|_| {});
    let mut socket = WebSocket::open(&server).await;
    let session = server.opened().await;
    socket.send("4hello").await;
    socket.send_frame(0x82, &[1, 2, 3]).await;
    socket.send_frame(0x01, b"4frag").await;
    socket.send_frame(0x89, b"are you there?").await;
    socket.send_frame(0x80, b"ment").await;
    assert_eq!(server.message().await, "hello".into());
    assert_eq!(server.message().await, Message::Binary(Bytes::from_static(&[1, 2, 3])));
    assert_eq!(server.message().await, "fragment".into());
    assert_eq!(socket.read().await, Frame::Pong(b"are you there?".to_vec()));
    send(&session, "answer").await;
    assert_eq!(socket.read().await, text("4answer"));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_right_behind_the_request_is_not_lost() {
    let mut server = Server::start(|_| {});
    let mut stream = server.connect(10_000);
    let mut bytes = websocket_request("").into_bytes();
    bytes.extend(client_frame(0x81, b"4early"));
    stream.write_all(&bytes).await.unwrap();
    server.opened().await;
    assert_eq!(server.message().await, "early".into());
    drop(stream);
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn breaches_are_answered_with_their_close_code() {
    let mut server = Server::start(|config| config.max_payload = 100);
    let unmasked = vec![0x81, 0x02, b'4', b'x'];
    let cases = [
        (unmasked, 1002, CloseReason::TransportError),
        (client_frame(0x83, b"4x"), 1002, CloseReason::TransportError),
        (client_frame(0x81, b"4\xff"), 1007, CloseReason::TransportError),
        (client_frame(0x81, &[b'4'; 101]), 1009, CloseReason::TooLarge),
        (client_frame(0x81, b"abc"), 1000, CloseReason::ParseError),
        (client_frame(0x81, b"1"), 1000, CloseReason::TransportClose),
        (client_frame(0x88, &1000_u16.to_be_bytes()), 1000, CloseReason::TransportClose),
    ];
    for (bytes, code, reason) in cases {
        let mut socket = WebSocket::open(&server).await;
        server.opened().await;
        socket.stream.write_all(&bytes).await.unwrap();
        assert_eq!(socket.read().await, Frame::Close(code));
        assert_eq!(socket.read().await, Frame::End);
        assert_eq!(server.closed().await, reason);
    }
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn closing_delivers_what_was_sent_before() {
    let mut server = Server::start(|_| {});
    let mut socket = WebSocket::open(&server).await;
    let session = server.opened().await;
    send(&session, "last words").await;
    session.close(CloseReason::Forced);
    send(&session, "too late").await;
    assert_eq!(server.closed().await, CloseReason::Forced);
    assert_eq!(socket.read().await, text("4last words"));
    assert_eq!(socket.read().await, Frame::Close(1000));
    assert_eq!(socket.read().await, Frame::End);
    drop(socket);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_take_its_end_is_cut_off() {
    let mut server = Server::start(|_| {});
    let socket = WebSocket::open_with(&server, 256).await;
    let session = server.opened().await;
    send(&session, &"x".repeat(1000)).await;
    let closing = tokio::time::Instant::now();
    session.close(CloseReason::Forced);
    let step = Duration::from_millis(100);
    while server.hub.session_count() > 0 {
        tokio::time::sleep(step).await;
    }
    let close_timeout = Duration::from_secs(5);
    assert!((close_timeout..close_timeout + step * 2).contains(&closing.elapsed()));
    drop(socket);
    server.ends_empty().await;
}
