//! Long-polling: handshakes, payloads, and everything that is refused.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use engineio::{CloseReason, Message};

use crate::client::{Polling, request, response, send_request};
use crate::server::{Server, send};

#[tokio::test(start_paused = true)]
async fn refusals_have_their_codes() {
    let server = Server::start(|_| {});
    for (method, query, code) in [
        ("GET", "", 0),
        ("GET", "?EIO=4&transport=x", 0),
        ("GET", "?EIO=4&transport=polling&sid=unknown", 1),
        ("GET", "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAA", 1),
        ("POST", "?EIO=4&transport=polling", 2),
        ("PUT", "?EIO=4&transport=polling", 2),
        ("GET", "?EIO=4&transport=websocket", 3),
        ("GET", "?transport=polling", 5),
        ("GET", "?EIO=3&transport=polling", 5),
        ("GET", "?EIO=abc&transport=polling", 5),
    ] {
        let (status, body) = request(&server, method, query, b"").await;
        assert_eq!(status, 400, "{method} {query}");
        assert!(body.starts_with(&format!(r#"{{"code":{code},"message":""#)), "{query}: {body}");
    }
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn payloads_go_both_ways() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let (status, body) = polling.post(&server, "4hello\x1e4€\x1ebAQIDBA==".as_bytes()).await;
    assert_eq!((status, body.as_str()), (200, "ok"));
    assert_eq!(server.message().await, "hello".into());
    assert_eq!(server.message().await, "€".into());
    assert_eq!(server.message().await, Message::Binary(Bytes::from_static(&[1, 2, 3, 4])));
    send(&session, "one").await;
    send(&session, "two").await;
    assert_eq!(polling.poll(&server).await, (200, "4one\x1e4two".to_owned()));
    let mut waiting = polling.begin_poll(&server).await;
    send(&session, "three").await;
    assert_eq!(response(&mut waiting).await, (200, "4three".to_owned()));
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_second_poll_at_the_same_time_ends_the_session() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let mut first = polling.begin_poll(&server).await;
    tokio::task::yield_now().await;
    let (status, _) = polling.poll(&server).await;
    assert_eq!(status, 400);
    assert_eq!(response(&mut first).await, (200, "1".to_owned()));
    assert_eq!(server.closed().await, CloseReason::TransportError);
    assert_eq!(polling.poll(&server).await.0, 400);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_given_up_ends_the_session() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    let waiting = polling.begin_poll(&server).await;
    tokio::task::yield_now().await;
    drop(waiting);
    assert_eq!(server.closed().await, CloseReason::TransportError);
    assert!(!session.is_open());
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn the_client_closes() {
    let mut server = Server::start(|_| {});
    let polling = Polling::open(&server).await;
    let mut waiting = polling.begin_poll(&server).await;
    assert_eq!(polling.post(&server, b"4last\x1e1\x1e4ignored").await.0, 200);
    assert_eq!(response(&mut waiting).await, (200, "6".to_owned()));
    server.opened().await;
    assert_eq!(server.message().await, "last".into());
    assert_eq!(server.closed().await, CloseReason::TransportClose);
    assert_eq!(polling.poll(&server).await.0, 400);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_or_malformed_ends_the_session() {
    let mut server = Server::start(|config| config.max_payload = 100);
    let large = [b'4'; 101];
    let cases: [(&[u8], u16, CloseReason); 5] = [
        (&large, 413, CloseReason::TooLarge),
        (b"abc", 400, CloseReason::ParseError),
        (b"", 400, CloseReason::ParseError),
        (b"4\xff", 400, CloseReason::ParseError),
        (b"4a\x1eb!", 400, CloseReason::ParseError),
    ];
    for (body, expected, reason) in cases {
        let polling = Polling::open(&server).await;
        server.opened().await;
        assert_eq!(polling.post(&server, body).await.0, expected, "{body:?}");
        assert_eq!(server.closed().await, reason);
        assert_eq!(polling.poll(&server).await.0, 400);
    }
    let polling = Polling::open(&server).await;
    let mut stream = server.connect(10_000);
    let head = format!(
        "POST /engine.io/{} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
        polling.query()
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &large).await.unwrap();
    assert_eq!(response(&mut stream).await.0, 413, "also when its length is not declared");
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_post_waits_until_there_is_room() {
    let mut server = Server::start(|config| config.inbox_messages = 2);
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    server.open.store(false, Ordering::SeqCst);
    let mut post = server.connect(10_000);
    send_request(&mut post, "POST", &polling.query(), b"4a\x1e4b\x1e4c").await;
    let (status, _) = polling.post(&server, b"4second POST").await;
    assert_eq!(status, 400, "there may be one POST at a time");
    assert!(!session.is_open(), "and a second one ends the session");
    assert_eq!(response(&mut post).await.0, 400);
    server.ends_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_held_post_is_answered_when_its_messages_are_taken() {
    let mut server = Server::start(|config| config.inbox_messages = 2);
    let polling = Polling::open(&server).await;
    let session = server.opened().await;
    server.open.store(false, Ordering::SeqCst);
    let mut post = server.connect(10_000);
    send_request(&mut post, "POST", &polling.query(), b"4a\x1e4b\x1e4c").await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    server.open.store(true, Ordering::SeqCst);
    session.wake();
    for expected in ["a", "b", "c"] {
        assert_eq!(server.message().await, expected.into());
    }
    assert_eq!(response(&mut post).await, (200, "ok".to_owned()));
    server.ends_empty().await;
}
