//! How often the transports are written to, and with what.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use engineio::{Config, Delivery, Packet, Scope};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use crate::support::app::Peer;
use crate::support::http::Http;
use crate::support::server::Server;
use crate::support::websocket::WebSocket;
use crate::support::{entry, to_everyone, until_idle};

const SCOPE: Scope = Scope(0);

/// The slices of each write, by address and length.
type Writes = Arc<Mutex<Vec<Vec<(usize, usize)>>>>;

/// A stream that notes what is written to it.
struct Noting {
    stream: DuplexStream,
    writes: Writes,
}

impl AsyncRead for Noting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Noting {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let note = slices.iter().map(|slice| (slice.as_ptr().addr(), slice.len())).collect();
        self.writes.lock().unwrap().push(note);
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

async fn noted(server: &mut Server) -> (WebSocket<DuplexStream>, Peer, Writes) {
    let (client, stream) = tokio::io::duplex(1 << 20);
    let writes = Writes::default();
    server.dialer().serve(Noting { stream, writes: writes.clone() });
    let (websocket, peer) = server.websocket_on(Http::new(client)).await;
    let share = server.hub().try_reserve(0).unwrap();
    peer.session.enter(share, entry(SCOPE, Vec::new()), Vec::new());
    until_idle().await;
    writes.lock().unwrap().clear();
    (websocket, peer, writes)
}

fn broadcast(server: &Server, text: &str) {
    let broadcast = to_everyone(SCOPE, Packet::new(text), Delivery::Reliable);
    server.hub().broadcast(server.hub().try_reserve(text.len()).unwrap(), broadcast);
}

#[tokio::test(start_paused = true)]
async fn broadcasts_that_wait_together_are_written_together_and_never_copied() {
    const COUNT: usize = 50;
    let mut server = Server::start(Config { shards: 2, ..Config::default() });
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(noted(&mut server).await);
    }
    for number in 0..COUNT {
        broadcast(&server, &format!("number {number}"));
    }
    clients[0].1.send("and one for this one alone");
    until_idle().await;
    let first = clients[0].2.lock().unwrap().clone();
    assert_eq!(first.len(), 1, "one write");
    let shared = &first[0][..COUNT];
    for (index, (websocket, _peer, writes)) in clients.iter_mut().enumerate() {
        let writes = writes.lock().unwrap().clone();
        assert_eq!(writes.len(), 1, "one write");
        assert_eq!(writes[0].len(), COUNT + usize::from(index == 0), "one slice for each frame");
        assert_eq!(&writes[0][..COUNT], shared, "the very same bytes for everyone");
        for number in 0..COUNT {
            assert_eq!(websocket.text().await, format!("4number {number}"));
        }
    }
    drop(clients);
    server.finish().await;
}

#[tokio::test(start_paused = true)]
async fn long_queues_are_written_in_slices_that_the_system_takes() {
    let mut server = Server::start(Config { shards: 1, ..Config::default() });
    let (mut websocket, peer, writes) = noted(&mut server).await;
    for number in 0..2_500 {
        peer.send(&number.to_string());
    }
    until_idle().await;
    let slices = writes.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(slices, [1024, 1024, 452]);
    for number in 0..2_500 {
        assert_eq!(websocket.text().await, format!("4{number}"));
    }
    drop(websocket);
    server.finish().await;
}

/// Nothing is written to those whom nothing reaches, and nothing is tried while a peer is stalled.
#[tokio::test(start_paused = true)]
async fn idle_and_stalled_transports_are_left_alone() {
    let mut server = Server::start(Config { outbox_bytes: 4 << 20, ..Config::default() });
    let (idle, idle_peer, idle_writes) = noted(&mut server).await;
    let (stalled, stalled_peer, stalled_writes) = noted(&mut server).await;
    idle_peer.session.exit(SCOPE, None);
    broadcast(&server, &"x".repeat(2 << 20));
    until_idle().await;
    let before = stalled_writes.lock().unwrap().len();
    for _ in 0..10 {
        broadcast(&server, "more");
        until_idle().await;
    }
    assert_eq!(stalled_writes.lock().unwrap().len(), before);
    assert_eq!(idle_writes.lock().unwrap().len(), 0);
    assert!(stalled_peer.session.is_open());
    drop((idle, stalled));
    server.finish().await;
}
