//! Mounted where applications have it: an axum application, a bare hyper server, the application's
//! own TLS. Real sockets, so the real clock.

mod host;
mod wire;

use std::future::Future;
use std::time::Duration;

use self::host::{Host, Kind};
use self::wire::Frame;

const KINDS: [Kind; 3] = [Kind::Axum, Kind::Hyper, Kind::Tls];

/// Whatever is waited for: a test that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test in each of the places.
fn everywhere<T: Future<Output = ()>>(test: impl Fn(Host) -> T) {
    for kind in KINDS {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let test = async { test(Host::start(kind).await).await };
            tokio::time::timeout(PATIENCE, test).await.unwrap_or_else(|_| panic!("{kind:?} hangs"));
        });
    }
}

#[test]
fn routes_of_the_application_stay_its_own() {
    everywhere(async |host| {
        let mut http = host.dial().await;
        assert_eq!(http.request("GET", "/hello", "").await, (200, "hello".to_owned()));
        let (status, _) = http.request("GET", "/nothing", "").await;
        assert_eq!(status, 404);
        host.end().await;
    });
}

#[test]
fn a_client_polls() {
    everywhere(async |mut host| {
        let mut client = host.poll().await;
        client.post("40").await;
        assert!(client.get().await.starts_with(r#"40{"sid":"#));
        client.post(r#"42["echo","a","é"]"#).await;
        assert_eq!(client.get().await, r#"42["echo","a","é"]"#);
        client.close().await;
        assert_eq!(host.ended().await, "transport close");
        host.end().await;
    });
}

#[test]
fn a_client_comes_by_websocket() {
    everywhere(async |mut host| {
        let mut client = host.websocket().await;
        assert!(client.text().await.starts_with("0{"));
        client.send("40").await;
        assert!(client.text().await.starts_with(r#"40{"sid":"#));
        for number in 0..100 {
            client.send(&format!(r#"42["echo",{number}]"#)).await;
        }
        for number in 0..100 {
            assert_eq!(client.text().await, format!(r#"42["echo",{number}]"#));
        }
        client.close().await;
        assert_eq!(host.ended().await, "transport close");
        let mut vanishing = host.websocket().await;
        vanishing.text().await;
        vanishing.send("40").await;
        vanishing.text().await;
        drop(vanishing);
        assert_eq!(host.ended().await, "transport close", "without a word, also below TLS");
        host.end().await;
    });
}

#[test]
fn a_client_upgrades() {
    everywhere(async |host| {
        let mut polling = host.poll().await;
        polling.post("40").await;
        assert!(polling.get().await.starts_with(r#"40{"sid":"#));
        polling.post(r#"42["transport"]"#).await;
        assert_eq!(polling.get().await, r#"42["transport","Polling"]"#);
        let mut websocket = host.websocket_of(&polling).await;
        websocket.send("2probe").await;
        assert_eq!(websocket.text().await, "3probe");
        polling.post(r#"42["echo","on the way"]"#).await;
        // The last request that polls is let go with it, or with nothing.
        let polled = polling.get().await;
        websocket.send("5").await;
        if polled == "6" {
            assert_eq!(websocket.text().await, r#"42["echo","on the way"]"#);
        } else {
            assert_eq!(polled, r#"42["echo","on the way"]"#);
        }
        websocket.send(r#"42["echo","there"]"#).await;
        assert_eq!(websocket.text().await, r#"42["echo","there"]"#);
        websocket.send(r#"42["transport"]"#).await;
        assert_eq!(websocket.text().await, r#"42["transport","WebSocket"]"#);
        drop(websocket);
        host.end().await;
    });
}

/// More than any buffer on the way takes at once: of the kernel, of TLS.
#[test]
fn large_messages_go_both_ways() {
    everywhere(async |host| {
        let mut client = host.websocket().await;
        client.text().await;
        client.send("40").await;
        client.text().await;
        let large = format!(r#"42["echo","{}"]"#, "x".repeat(900_000));
        for _ in 0..3 {
            client.send(&large).await;
        }
        for _ in 0..3 {
            assert!(client.text().await == large, "it comes back as it was");
        }
        let mut polling = host.poll().await;
        polling.post("40").await;
        polling.get().await;
        polling.post(&large).await;
        assert!(polling.get().await == large, "it comes back as it was");
        drop(client);
        polling.close().await;
        host.end().await;
    });
}

#[test]
fn a_shutdown_of_the_application_ends_sessions_cleanly() {
    everywhere(async |host| {
        let mut websocket = host.websocket().await;
        websocket.text().await;
        websocket.send("40").await;
        websocket.text().await;
        let mut polling = host.poll().await;
        polling.post("40").await;
        polling.get().await;
        let before = host.requests();
        polling.begin_get().await;
        host.has_more_requests_than(before).await;
        let io = host.io.clone();
        let ended = host.stop();
        assert_eq!(websocket.read().await, Frame::Close(1001), "no DISCONNECT: it comes back");
        assert_eq!(websocket.read().await, Frame::End, "the stream is closed in order");
        assert_eq!(polling.end_get().await, "1");
        drop((websocket, polling));
        assert_eq!(ended.await, ["server shutting down", "server shutting down"]);
        assert_eq!(io.session_count(), 0);
    });
}
