//! The accept loop: one task for each connection, all of them owned, all of them ended at shutdown.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::future::RouteFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use socketio::SocketIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use crate::http::{ClientAddr, TrustedProxies};

/// Connections that the kernel may hold until they are accepted.
const BACKLOG: u32 = 4_096;

/// The largest head of a request, and the most that is read ahead of its handler, in bytes.
const READ_BUFFER: usize = 64 * 1_024;

/// Pauses after an accept that failed for want of something, such as open files.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What the listener needs.
#[derive(Debug, Clone)]
pub struct Acceptor {
    /// Answers all requests.
    pub router: Router,
    /// Hears of a poll as soon as its request is there, which the router may never see.
    pub gateway: SocketIo,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
    /// How long the head of a request may take, and how long a connection may idle.
    pub header_timeout: Duration,
    /// Owns the tasks of the connections.
    pub tasks: TaskTracker,
    /// Ends the loop; connections then finish what they are at.
    pub stop: CancellationToken,
}

/// Listens on an address. Port 0 lets the system choose one.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server need not wait until the connections of the last one are forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Acceptor {
    /// Accepts until it is told to stop. Errors never end it: what is short comes back.
    pub async fn run(self, listener: TcpListener) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    pause = SHORTEST_PAUSE;
                    self.tasks.spawn(self.clone().serve(stream, peer));
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, ?pause, "no connection can be accepted");
                    tokio::select! {
                        () = self.stop.cancelled() => return,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    /// Serves one connection until it ends or is upgraded. The stream is given to hyper as it is,
    /// so that a protocol that takes the connection over can have it back.
    async fn serve(self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it was served");
            return;
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(READ_BUFFER)
            .serve_connection(TokioIo::new(stream), self.requests_of(peer))
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, %peer, "a connection failed");
        }
    }

    fn requests_of(&self, peer: SocketAddr) -> Requests {
        let (router, gateway) = (self.router.clone(), self.gateway.clone());
        Requests { router, gateway, proxies: self.proxies.clone(), peer }
    }
}

/// The requests of one connection. Each carries the peer's [`SocketAddr`] and the [`ClientAddr`].
struct Requests {
    router: Router,
    gateway: SocketIo,
    proxies: TrustedProxies,
    peer: SocketAddr,
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.gateway.notice(&mut request);
        let client: ClientAddr = self.proxies.client(self.peer.ip(), request.headers());
        request.extensions_mut().insert(self.peer);
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(socketio::ClientAddr(client.0));
        self.router.clone().call(request)
    }
}

/// Whether the next accept may well succeed.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
