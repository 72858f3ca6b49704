//! The opening of sessions, and what is refused.

use engineio::{Config, TransportKind};

use crate::support::http::{Answer, get, post, upgrade};
use crate::support::polling::{Poller, sid};
use crate::support::server::{OPEN_POLLING, OPEN_WEBSOCKET, Server};
use crate::support::until_idle;
use crate::support::websocket::Frame;

fn open_packet(sid: &str, upgrades: &str) -> String {
    format!(
        r#"0{{"sid":"{sid}","upgrades":{upgrades},"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn polling_opens_with_five_keys() {
    let mut server = Server::start(Config::default());
    let answer = server.dial().get(OPEN_POLLING).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let sid = sid(answer.text());
    assert_eq!(sid.len(), 22, "128 bits");
    assert_eq!(answer.text(), open_packet(sid, r#"["websocket"]"#));
    assert_eq!(server.peer().await.session.transport(), TransportKind::Polling);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn websocket_opens_with_five_keys_and_no_upgrades() {
    let mut server = Server::start(Config::default());
    let mut websocket = server.dial().upgrade(OPEN_WEBSOCKET).await.unwrap();
    let open = websocket.text().await;
    assert_eq!(open, open_packet(sid(&open), "[]"));
    assert_eq!(server.peer().await.session.transport(), TransportKind::WebSocket);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_application_sees_the_request() {
    let mut server = Server::start(Config::default());
    let mut http = server.dial();
    let request = get(&format!("{OPEN_POLLING}&room=a"));
    http.send(request.replace("Host: test", "Host: test\r\nAuthentication: token")).await;
    http.answer().await;
    let peer = server.peer().await;
    assert_eq!(peer.handshake.query("room").as_deref(), Some("a"));
    assert_eq!(peer.handshake.headers.get("authentication"), Some("token"));
    server.finish().await;
}

fn assert_refused(answer: &Answer, code: u8, message: &str) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), format!(r#"{{"code":{code},"message":"{message}"}}"#));
}

#[tokio::test(start_paused = true)]
async fn refusals_have_the_codes_of_the_protocol() {
    let unknown_sid = format!("{OPEN_POLLING}&sid=AAAAAAAAAAAAAAAAAAAAAA");
    let websocket_sid = format!("{OPEN_WEBSOCKET}&sid=AAAAAAAAAAAAAAAAAAAAAA");
    let cases = [
        (get("/engine.io/?EIO=4"), 0, "Transport unknown"),
        (get("/engine.io/"), 0, "Transport unknown"),
        (get("/engine.io/?EIO=4&transport=carrier-pigeon"), 0, "Transport unknown"),
        (get(&unknown_sid), 1, "Session ID unknown"),
        (get(&format!("{OPEN_POLLING}&sid=%2e%2e%2f")), 1, "Session ID unknown"),
        (String::from_utf8(post(&unknown_sid, b"4a")).unwrap(), 1, "Session ID unknown"),
        (upgrade(&websocket_sid), 1, "Session ID unknown"),
        (String::from_utf8(post(OPEN_POLLING, b"4a")).unwrap(), 2, "Bad handshake method"),
        (get(OPEN_POLLING).replace("GET", "DELETE"), 2, "Bad handshake method"),
        (upgrade(OPEN_WEBSOCKET).replace("GET", "PUT"), 2, "Bad handshake method"),
        (get(OPEN_WEBSOCKET), 3, "Bad request"),
        (upgrade(OPEN_WEBSOCKET).replace(": 13", ": 12"), 3, "Bad request"),
        (get("/engine.io/?transport=polling"), 5, "Unsupported protocol version"),
        (get("/engine.io/?EIO=3&transport=polling"), 5, "Unsupported protocol version"),
        (upgrade("/engine.io/?transport=websocket"), 5, "Unsupported protocol version"),
        (upgrade("/engine.io/?EIO=abc&transport=websocket"), 5, "Unsupported protocol version"),
    ];
    let server = Server::start(Config::default());
    for (request, code, message) in cases {
        let mut http = server.dial();
        http.send(&request).await;
        assert_refused(&http.answer().await, code, message);
    }
    until_idle().await;
    assert!(!server.has_peer(), "the application hears nothing of what is refused");
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn other_methods_of_a_session_are_bad_requests() {
    let mut server = Server::start(Config::default());
    let (poller, _peer) = Poller::open(&mut server).await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let mut http = server.dial();
        http.send(get(&poller.target()).replace("GET", method)).await;
        assert_refused(&http.answer().await, 3, "Bad request");
    }
    assert_eq!(server.hub().session_count(), 1, "which do not harm the session");
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn polling_a_websocket_session_is_a_bad_request() {
    let mut server = Server::start(Config::default());
    let mut websocket = server.dial().upgrade(OPEN_WEBSOCKET).await.unwrap();
    let open = websocket.text().await;
    let target = format!("{OPEN_POLLING}&sid={}", sid(&open));
    assert_refused(&server.dial().get(&target).await, 3, "Bad request");
    assert_refused(&server.dial().post(&target, "4a").await, 3, "Bad request");
    server.peer().await.send("still there");
    assert_eq!(websocket.text().await, "4still there");
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_engine_answers_503_and_has_room_again() {
    let mut server = Server::start(Config { max_sessions: 1, ..Config::default() });
    let (mut websocket, _peer) = server.websocket().await;
    assert_eq!(server.dial().get(OPEN_POLLING).await.status, 503);
    let refused = server.dial().upgrade(OPEN_WEBSOCKET).await.err().expect("a refusal");
    assert_eq!(refused.status, 503);
    websocket.send_text("1").await;
    assert_eq!(websocket.rest().await, [Frame::Close(1000)]);
    drop(websocket);
    until_idle().await;
    assert_eq!(server.dial().get(OPEN_POLLING).await.status, 200);
    server.finish().await;
}
