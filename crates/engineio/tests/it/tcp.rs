//! Real sockets, whose calls the engine makes itself: the in-memory tests do not reach those.

use std::future::Future;

use engineio::{CloseReason, Config, Delivery, Message, Packet, Scope};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::support::http::{Http, get, upgrade};
use crate::support::polling::Poller;
use crate::support::server::{OPEN_WEBSOCKET, Server};
use crate::support::websocket::{Frame, TEXT, client_frame, text};
use crate::support::{entry, to_everyone};

const SCOPE: Scope = Scope(0);

struct TcpServer {
    server: Server,
    listener: TcpListener,
}

impl TcpServer {
    async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { server: Server::start(config), listener }
    }

    async fn dial(&self) -> Http<TcpStream> {
        let (client, stream) = self.connect().await;
        self.server.dialer().serve(stream);
        Http::new(client)
    }

    async fn dial_auto(&self) -> Http<TcpStream> {
        let (client, stream) = self.connect().await;
        self.server.dialer().serve_auto(stream);
        Http::new(client)
    }

    async fn connect(&self) -> (TcpStream, TcpStream) {
        let connecting = TcpStream::connect(self.listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(connecting, self.listener.accept());
        let (stream, _address) = accepted.unwrap();
        stream.set_nodelay(true).unwrap();
        (client.unwrap(), stream)
    }
}

/// Real sockets need the real clock.
fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

#[test]
fn both_ways_and_the_end() {
    run(async {
        let mut tcp = TcpServer::start(Config::default()).await;
        let http = tcp.dial().await;
        let (mut websocket, peer) = tcp.server.websocket_on(http).await;
        for number in 0..1_000 {
            peer.send(&number.to_string());
            websocket.send_text(&format!("4{number}")).await;
        }
        for number in 0..1_000 {
            assert_eq!(websocket.text().await, format!("4{number}"));
            assert_eq!(peer.message().await, Message::from(number.to_string()));
        }
        peer.send("last words");
        peer.session.close(CloseReason::Forced);
        assert_eq!(websocket.rest().await, [text("4last words"), Frame::Close(1000)]);
        drop(websocket);
        assert_eq!(peer.closed().await.0, CloseReason::Forced);
        tcp.server.finish().await;
    });
}

#[test]
fn frames_right_behind_the_upgrade_request_are_heard() {
    run(async {
        let mut tcp = TcpServer::start(Config::default()).await;
        for mut http in [tcp.dial().await, tcp.dial_auto().await] {
            let early = client_frame(TEXT, b"4early");
            http.send([upgrade(OPEN_WEBSOCKET).into_bytes(), early].concat()).await;
            let mut websocket = http.upgraded().await.unwrap();
            assert!(websocket.text().await.starts_with('0'));
            assert_eq!(tcp.server.peer().await.message().await, Message::from("early"));
            websocket.send_text("1").await;
            assert_eq!(websocket.rest().await, [Frame::Close(1000)]);
        }
        tcp.server.finish().await;
    });
}

/// A GET and a FIN that are there before anyone looks: the disconnect is told, not waited for.
#[test]
fn a_poll_that_comes_together_with_the_end_of_its_connection_ends_the_session() {
    run(async {
        let mut tcp = TcpServer::start(Config::default()).await;
        for auto in [false, true] {
            let (poller, peer) = Poller::open(&mut tcp.server).await;
            let (client, stream) = tcp.connect().await;
            let mut http = Http::new(client);
            http.send(get(&poller.target())).await;
            http.stream.shutdown().await.unwrap();
            if auto {
                tcp.server.dialer().serve_auto(stream);
            } else {
                tcp.server.dialer().serve(stream);
            }
            assert_eq!(peer.closed().await.0, CloseReason::TransportError);
        }
        tcp.server.finish().await;
    });
}

#[test]
fn upgrades() {
    run(async {
        let mut tcp = TcpServer::start(Config::default()).await;
        let (poller, peer) = Poller::open(&mut tcp.server).await;
        peer.send("before");
        let http = tcp.dial().await;
        let mut websocket = http.upgrade(&poller.websocket_target()).await.unwrap();
        websocket.send_text("2probe").await;
        assert_eq!(websocket.text().await, "3probe");
        let frames = ["5", "4behind it"].map(|packet| client_frame(TEXT, packet.as_bytes()));
        websocket.send(frames.concat()).await;
        assert_eq!(websocket.text().await, "4before");
        assert_eq!(peer.message().await, Message::from("behind it"));
        drop(websocket);
        assert_eq!(peer.closed().await.0, CloseReason::TransportClose);
        tcp.server.finish().await;
    });
}

#[test]
fn a_slow_reader_is_closed_at_its_bound_while_the_others_receive_everything() {
    const COUNT: usize = 300;
    const LENGTH: usize = 100_000;
    run(async {
        let mut tcp = TcpServer::start(Config { shards: 2, ..Config::default() }).await;
        let mut clients = Vec::new();
        for _ in 0..3 {
            let http = tcp.dial().await;
            clients.push(tcp.server.websocket_on(http).await);
        }
        for (_, peer) in &clients {
            let share = tcp.server.hub().reserve(0).await;
            peer.session.enter(share, entry(SCOPE, Vec::new()), Vec::new());
        }
        let (slow, slow_peer) = clients.remove(0);
        let payload = "x".repeat(LENGTH);
        // In step with the readers, for whom nothing piles up.
        for _ in 0..COUNT {
            let share = tcp.server.hub().reserve(LENGTH).await;
            let broadcast = to_everyone(SCOPE, Packet::new(payload.as_str()), Delivery::Reliable);
            tcp.server.hub().broadcast(share, broadcast);
            for (websocket, _) in &mut clients {
                assert_eq!(websocket.text().await.len(), LENGTH + 1);
            }
        }
        assert_eq!(slow_peer.closed().await.0, CloseReason::SlowConsumer);
        drop((slow, clients));
        tcp.server.finish().await;
    });
}
