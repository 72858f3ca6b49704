//! Who may open a session is asked first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engineio::{ClientAddr, Config, Engine, Forbidden, Hub};
use http::request::Parts;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::support::app::App;
use crate::support::http::{Answer, get_with, upgrade};
use crate::support::polling::Poller;
use crate::support::server::{OPEN_POLLING, OPEN_WEBSOCKET, Server};
use crate::support::until_idle;

fn server(config: Config, change: impl FnOnce(Engine<App>) -> Engine<App>) -> Server {
    Server::start_with(Hub::start(config), change)
}

/// Those who have the key may come in.
async fn with_key(parts: Parts) -> Result<(), Forbidden> {
    match parts.headers.get("x-key") {
        Some(key) if key == "right" => Ok(()),
        Some(_) => Err(Forbidden::with_message("wrong \"key\"")),
        None => Err(Forbidden::default()),
    }
}

async fn open_polling(server: &Server, header: &str) -> Answer {
    let mut http = server.dial();
    http.send(get_with(OPEN_POLLING, header)).await;
    http.answer().await
}

async fn open_websocket(server: &Server, header: &str) -> Answer {
    let mut http = server.dial();
    let request = upgrade(OPEN_WEBSOCKET);
    http.send(request.replace("Host: test\r\n", &format!("Host: test\r\n{header}\r\n"))).await;
    http.answer().await
}

fn assert_forbidden(answer: &Answer, message: &str) {
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), format!(r#"{{"code":4,"message":"{message}"}}"#));
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_is_told_so_and_nothing_exists_of_the_session() {
    let server = server(Config::default(), |engine| engine.allow_request(with_key));
    for (header, message) in [("X-Other: 1", "Forbidden"), ("X-Key: no", r#"wrong \"key\""#)] {
        assert_forbidden(&open_polling(&server, header).await, message);
        assert_forbidden(&open_websocket(&server, header).await, message);
    }
    until_idle().await;
    assert!(!server.has_peer(), "the application hears nothing of what is refused");
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn who_is_allowed_comes_in() {
    let mut server = server(Config::default(), |engine| engine.allow_request(with_key));
    assert_eq!(open_polling(&server, "X-Key: right").await.status, 200);
    server.peer().await;
    assert_eq!(open_websocket(&server, "X-Key: right").await.status, 101);
    server.peer().await;
    server.finish().await;
}

/// As in engine.io, which asks after its own rules, and about handshakes alone.
#[tokio::test(start_paused = true)]
async fn only_handshakes_that_are_in_order_are_asked_about() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let mut server = server(Config::default(), |engine| {
        engine.allow_request(move |_parts| {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        })
    });
    let (poller, peer) = Poller::open(&mut server).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    peer.send("hello");
    poller.poll().await;
    poller.say("4hello").await;
    let mut websocket = server.dial().upgrade(&poller.websocket_target()).await.unwrap();
    websocket.send_text("2probe").await;
    websocket.text().await;
    for target in ["/engine.io/?EIO=4", "/engine.io/?EIO=3&transport=polling"] {
        assert_eq!(server.dial().get(target).await.status, 400);
    }
    assert_eq!(server.dial().post(OPEN_POLLING, "").await.status, 400);
    assert_eq!(server.dial().get(OPEN_WEBSOCKET).await.status, 400);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    drop(websocket);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_hook_sees_the_request() {
    let seen = Arc::new(Mutex::new(None));
    let sink = seen.clone();
    let server = server(Config::default(), |engine| {
        engine.allow_request(move |parts| {
            *sink.lock().unwrap() = Some((parts.method, parts.uri.to_string(), parts.headers));
            assert!(parts.extensions.get::<ClientAddr>().is_none(), "nobody has told it here");
            async { Ok(()) }
        })
    });
    open_polling(&server, "X-Key: right").await;
    let (method, uri, headers) = seen.lock().unwrap().take().unwrap();
    assert_eq!((method.as_str(), uri.as_str()), ("GET", OPEN_POLLING));
    assert_eq!(headers.get("x-key").unwrap(), "right");
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_has_a_deadline() {
    let timeout = Duration::from_secs(3);
    let config = Config { allow_request_timeout: timeout, ..Config::default() };
    let server = server(config, |engine| engine.allow_request(|_parts| std::future::pending()));
    let asked = Instant::now();
    assert_eq!(open_polling(&server, "X-Key: right").await.status, 503);
    assert_eq!(Instant::now(), asked + timeout);
    assert_eq!(open_websocket(&server, "X-Key: right").await.status, 503);
    assert_eq!(Instant::now(), asked + timeout * 2);
    assert_eq!(server.hub().session_count(), 0);
    server.finish().await;
}

/// Past the bound the answer is 503 at once; whoever is decided on, or gives up, makes room.
#[tokio::test(start_paused = true)]
async fn only_so_many_are_decided_on_at_a_time() {
    let go = Arc::new(Notify::new());
    let wait = go.clone();
    let config = Config { max_undecided: 2, ..Config::default() };
    let server = server(config, |engine| {
        engine.allow_request(move |_parts| {
            let wait = wait.clone();
            async move {
                wait.notified().await;
                Ok(())
            }
        })
    });
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut http = server.dial();
        http.send(get_with(OPEN_POLLING, "X-Key: right")).await;
        waiting.push(http);
    }
    until_idle().await;
    let started = Instant::now();
    assert_eq!(open_polling(&server, "X-Key: right").await.status, 503);
    assert_eq!(open_websocket(&server, "X-Key: right").await.status, 503);
    assert_eq!(Instant::now(), started);
    drop(waiting.pop());
    until_idle().await;
    let mut third = server.dial();
    third.send(get_with(OPEN_POLLING, "X-Key: right")).await;
    until_idle().await;
    go.notify_waiters();
    assert_eq!(waiting.remove(0).answer().await.status, 200);
    assert_eq!(third.answer().await.status, 200);
    server.finish().await;
}
