//! Answers to polls, compressed for those who accept it.

use std::io::Read;
use std::pin::pin;

use bytes::Bytes;
use engineio::{CloseReason, Config, Delivery, Packet};
use flate2::read::{GzDecoder, ZlibDecoder};
use futures_util::poll;
use http::Request;
use http_body_util::Full;

use crate::support::app::Peer;
use crate::support::http::{Answer, get_with};
use crate::support::polling::Poller;
use crate::support::server::{OPEN_POLLING, Server};
use crate::support::until_idle;

/// Packets of together so many bytes.
fn send(peer: &Peer, bytes: usize) -> String {
    let text = "x".repeat(bytes - 1);
    peer.send_as(Packet::new(text.as_str()), Delivery::Reliable);
    format!("4{text}")
}

async fn poll_accepting(server: &Server, poller: &Poller, encodings: &str) -> Answer {
    let mut http = server.dial();
    let accept = format!("Accept-Encoding: {encodings}");
    http.send(get_with(&poller.target(), &accept)).await;
    http.answer().await
}

fn gunzip(body: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(start_paused = true)]
async fn gzip_and_deflate_by_what_the_client_accepts() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    let sent = send(&peer, 3_000);
    let answer = poll_accepting(&server, &poller, "gzip, deflate, br").await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
    assert!(answer.body.len() < 300, "{}", answer.body.len());
    assert_eq!(gunzip(&answer.body), sent);
    let sent = send(&peer, 3_000);
    let answer = poll_accepting(&server, &poller, "deflate").await;
    assert_eq!(answer.header("content-encoding"), Some("deflate"));
    let mut text = String::new();
    ZlibDecoder::new(&answer.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, sent);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn who_accepts_neither_gets_it_as_it_is() {
    let mut server = Server::start(Config::default());
    let (poller, peer) = Poller::open(&mut server).await;
    for encodings in ["br", "gzip;q=0, identity", ""] {
        let sent = send(&peer, 3_000);
        let answer = poll_accepting(&server, &poller, encodings).await;
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "a cache must tell them apart");
        assert_eq!(answer.text(), sent);
    }
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_threshold_is_exact_and_there_is_a_switch() {
    let cases = [
        (Some(1024), 1023, false),
        (Some(1024), 1024, true),
        (Some(100), 99, false),
        (Some(100), 100, true),
        (None, 100_000, false),
    ];
    for (http_compression, length, compressed) in cases {
        let mut server = Server::start(Config { http_compression, ..Config::default() });
        let (poller, peer) = Poller::open(&mut server).await;
        let sent = send(&peer, length);
        let answer = poll_accepting(&server, &poller, "gzip").await;
        assert_eq!(answer.header("content-encoding").is_some(), compressed, "{length}");
        assert_eq!(answer.header("vary").is_some(), compressed, "{length}");
        if !compressed {
            assert_eq!(answer.text(), sent);
        }
        server.finish().await;
    }
    assert_eq!(Config::default().http_compression, Some(1024), "engine.io's");
}

/// Elsewhere than the small ones, and whole.
#[tokio::test(start_paused = true)]
async fn large_payloads_are_compressed_as_well() {
    let config = Config { outbox_bytes: 8 << 20, max_payload: 8 << 20, ..Config::default() };
    let mut server = Server::start(config);
    let (poller, peer) = Poller::open(&mut server).await;
    let sent = send(&peer, 3 << 20);
    let answer = poll_accepting(&server, &poller, "gzip").await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(gunzip(&answer.body) == sent);
    server.finish().await;
}

/// Neither may the length of an answer tell of the id, nor is a POST's `ok` worth anything.
#[tokio::test(start_paused = true)]
async fn handshakes_and_posts_are_never_compressed() {
    let mut server = Server::start(Config { http_compression: Some(1), ..Config::default() });
    let mut http = server.dial();
    http.send(get_with(OPEN_POLLING, "Accept-Encoding: gzip")).await;
    let open = http.answer().await;
    assert_eq!(open.header("content-encoding"), None);
    assert!(open.text().starts_with("0{"));
    server.peer().await;
    let (poller, _peer) = Poller::open(&mut server).await;
    assert_eq!(poller.post("4hello").await.header("content-encoding"), None);
    server.finish().await;
}

/// What was answered is lost with its request, also while it is compressed.
#[tokio::test(start_paused = true)]
async fn a_poll_that_is_given_up_while_its_answer_is_made_ends_the_session() {
    let config = Config { outbox_bytes: 32 << 20, max_payload: 32 << 20, ..Config::default() };
    let mut server = Server::start(Config { queue_bytes: 64 << 20, ..config });
    let (poller, peer) = Poller::open(&mut server).await;
    send(&peer, 16 << 20);
    let request = Request::get(poller.target()).header("accept-encoding", "gzip");
    let request = request.body(Full::<Bytes>::default()).unwrap();
    {
        let mut answer = pin!(server.engine().handle(request));
        assert!(poll!(&mut answer).is_pending(), "the shard has its turn");
        until_idle().await;
        assert!(poll!(&mut answer).is_pending(), "the answer is compressed elsewhere");
    }
    assert_eq!(peer.closed().await.0, CloseReason::TransportError);
    server.finish().await;
}
