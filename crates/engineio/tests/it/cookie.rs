//! The cookie of a handshake over polling.

use std::time::Duration;

use engineio::{Config, Cookie, SameSite};

use crate::support::polling::{Poller, sid};
use crate::support::server::{OPEN_POLLING, OPEN_WEBSOCKET, Server};

fn with(cookie: Cookie) -> Server {
    Server::start(Config { cookie: Some(cookie), ..Config::default() })
}

#[tokio::test(start_paused = true)]
async fn there_is_none_unless_asked_for() {
    let server = Server::start(Config::default());
    let answer = server.dial().get(OPEN_POLLING).await;
    let names = ["cache-control", "content-length", "content-type", "date"];
    assert_eq!(answer.header_names(), names);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_handshake_sets_it_and_nothing_else_does() {
    let mut server = with(Cookie::default());
    let answer = server.dial().get(OPEN_POLLING).await;
    let expected = format!("io={}; Path=/; HttpOnly; SameSite=Lax", sid(answer.text()));
    assert_eq!(answer.header("set-cookie"), Some(&*expected));
    let names = ["cache-control", "content-length", "content-type", "date", "set-cookie"];
    assert_eq!(answer.header_names(), names);
    server.peer().await;
    let (poller, peer) = Poller::open(&mut server).await;
    peer.send("hello");
    assert_eq!(poller.poll().await.header("set-cookie"), None);
    assert_eq!(poller.post("4hello").await.header("set-cookie"), None);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn its_attributes_are_those_that_were_chosen() {
    let server = with(Cookie {
        name: "sticky".to_owned(),
        path: Some("/engine.io/".to_owned()),
        domain: Some("example.com".to_owned()),
        max_age: Some(Duration::from_mins(1)),
        http_only: false,
        secure: true,
        same_site: Some(SameSite::Strict),
    });
    let answer = server.dial().get(OPEN_POLLING).await;
    let expected = format!(
        "sticky={}; Max-Age=60; Domain=example.com; Path=/engine.io/; Secure; SameSite=Strict",
        sid(answer.text())
    );
    assert_eq!(answer.header("set-cookie"), Some(&*expected));
    server.finish().await;
}

/// As in engine.io: the id is known only once the connection is the session's own.
#[tokio::test(start_paused = true)]
async fn a_websocket_gets_none() {
    let server = with(Cookie::default());
    let mut http = server.dial();
    http.send(crate::support::http::upgrade(OPEN_WEBSOCKET)).await;
    let answer = http.answer().await;
    assert_eq!((answer.status, answer.header("set-cookie")), (101, None));
    drop(http);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "cannot stand in a cookie")]
async fn one_that_cannot_be_set_is_found_at_the_start() {
    drop(with(Cookie { domain: Some("a\r\nX: b".to_owned()), ..Cookie::default() }));
}
