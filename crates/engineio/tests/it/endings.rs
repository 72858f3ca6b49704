//! Clients that leave at any byte of a conversation leave nothing behind.

use std::time::Duration;

use engineio::{Config, Delivery, Packet};

use crate::support::http::{get, post, upgrade};
use crate::support::polling::Poller;
use crate::support::server::{OPEN_POLLING, OPEN_WEBSOCKET, SMALL_STREAM_BYTES, Server};
use crate::support::until_idle;
use crate::support::websocket::{BINARY, CLOSE, PING, TEXT, client_fragment, client_frame};

/// How a client leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leave {
    /// It closes its connection.
    Hangs,
    /// It stops, and keeps its connection open.
    Stalls,
}

const LEAVES: [Leave; 2] = [Leave::Hangs, Leave::Stalls];

/// After this, whatever waits for a client has given up: a ping and its pong, a request's body.
const EVERY_DEADLINE: Duration = Duration::from_secs(100);

/// Sends the first bytes of `script` on a new connection and leaves, for each number of bytes.
async fn cut_everywhere(server: &mut Server, script: impl AsyncFn(&mut Server) -> Vec<u8>) {
    for leave in LEAVES {
        let mut cut = 0;
        loop {
            let bytes = script(server).await;
            if cut > bytes.len() {
                break;
            }
            let mut http = server.dial();
            http.send(&bytes[..cut]).await;
            until_idle().await;
            let stalled = (leave == Leave::Stalls).then_some(http);
            tokio::time::sleep(EVERY_DEADLINE).await;
            assert_eq!(server.hub().session_count(), 0, "{leave:?} after {cut} bytes");
            drop(stalled);
            while server.has_peer() {
                let peer = server.peer().await;
                assert!(peer.close_reason().is_some(), "{leave:?} after {cut} bytes");
                assert!(peer.is_dropped(), "{leave:?} after {cut} bytes");
            }
            cut += 1;
        }
    }
}

/// What a WebSocket client says in its life.
fn conversation() -> Vec<u8> {
    [
        client_frame(TEXT, b"4hello"),
        client_fragment(false, TEXT, b"4in two"),
        client_frame(PING, b"?"),
        client_fragment(true, 0, b" parts"),
        client_frame(BINARY, &[7; 130]),
        client_frame(TEXT, b"3"),
        client_frame(CLOSE, &1000_u16.to_be_bytes()),
    ]
    .concat()
}

#[tokio::test(start_paused = true)]
async fn websocket_sessions() {
    let mut server = Server::start(Config::default());
    cut_everywhere(&mut server, async |_| {
        [upgrade(OPEN_WEBSOCKET).into_bytes(), conversation()].concat()
    })
    .await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn polling_handshakes() {
    let mut server = Server::start(Config::default());
    cut_everywhere(&mut server, async |_| get(OPEN_POLLING).into_bytes()).await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn polls_and_posts() {
    let mut server = Server::start(Config::default());
    cut_everywhere(&mut server, async |server| {
        let (poller, _peer) = Poller::open(server).await;
        get(&poller.target()).into_bytes()
    })
    .await;
    cut_everywhere(&mut server, async |server| {
        let (poller, _peer) = Poller::open(server).await;
        post(&poller.target(), b"4a\x1ebAQID\x1e3\x1e1")
    })
    .await;
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn upgrades() {
    let mut server = Server::start(Config::default());
    cut_everywhere(&mut server, async |server| {
        let (poller, peer) = Poller::open(server).await;
        peer.send("waiting");
        let probe = [client_frame(TEXT, b"2probe"), client_frame(TEXT, b"5")].concat();
        [upgrade(&poller.websocket_target()).into_bytes(), probe, conversation()].concat()
    })
    .await;
    server.finish().await;
}

/// The same at the moment of the shutdown: what a client has not finished does not hold it up
/// beyond what a session is given to close.
#[tokio::test(start_paused = true)]
async fn shutdown_at_any_byte() {
    let script = [upgrade(OPEN_WEBSOCKET).into_bytes(), conversation()].concat();
    let probe = [client_frame(TEXT, b"2probe"), client_frame(TEXT, b"5")].concat();
    for cut in (0..=script.len()).step_by(3) {
        let mut server = Server::start(Config { shards: 2, ..Config::default() });
        let (poller, _peer) = Poller::open(&mut server).await;
        let upgrade = [upgrade(&poller.websocket_target()).into_bytes(), probe.clone()].concat();
        let mut fresh = server.dial();
        fresh.send(&script[..cut]).await;
        let mut upgrading = server.dial();
        upgrading.send(&upgrade[..cut.min(upgrade.len())]).await;
        server.finish().await;
    }
}

/// A client that stops taking anything, at every byte of what it is sent.
#[tokio::test(start_paused = true)]
async fn readers_that_stop_at_any_byte() {
    use tokio::io::AsyncReadExt;

    let mut server = Server::start(Config { outbox_bytes: 1_000, ..Config::default() });
    for leave in LEAVES {
        for taken in (0..400).step_by(7) {
            let mut http = server.dialer().dial_with(SMALL_STREAM_BYTES);
            http.send(upgrade(OPEN_WEBSOCKET)).await;
            let mut bytes = vec![0; taken];
            let reading = http.stream.read_exact(&mut bytes);
            // There may not be that much until the application sends.
            let (_read, ()) =
                tokio::join!(tokio::time::timeout(Duration::from_secs(5), reading), async {
                    until_idle().await;
                    if server.has_peer() {
                        let peer = server.peer().await;
                        peer.send_as(Packet::new("x".repeat(300)), Delivery::Reliable);
                    }
                });
            let stalled = (leave == Leave::Stalls).then_some(http);
            tokio::time::sleep(EVERY_DEADLINE).await;
            assert_eq!(server.hub().session_count(), 0, "{leave:?} after {taken} bytes");
            drop(stalled);
        }
    }
    server.finish().await;
}
