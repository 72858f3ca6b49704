//! An engine behind hyper, reached over in-memory streams.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use engineio::{Config, Engine, Hub};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::app::{App, Peer};
use super::expect;
use super::http::Http;
use super::websocket::WebSocket;

/// What a stream holds unless a test says otherwise.
const STREAM_BYTES: usize = 64 * 1024;

/// What the streams of slow readers hold: the open packet fits.
pub(crate) const SMALL_STREAM_BYTES: usize = 128;

pub(crate) const OPEN_POLLING: &str = "/engine.io/?EIO=4&transport=polling";
pub(crate) const OPEN_WEBSOCKET: &str = "/engine.io/?EIO=4&transport=websocket";

pub(crate) struct Server {
    dialer: Dialer,
    peers: mpsc::Receiver<Peer>,
}

/// Opens connections to a server; cheap to clone.
#[derive(Clone)]
pub(crate) struct Dialer {
    engine: Engine<App>,
    connections: TaskTracker,
}

impl Dialer {
    /// A connection with the usual buffers.
    pub(crate) fn dial(&self) -> Http {
        self.dial_with(STREAM_BYTES)
    }

    /// A connection whose two directions hold `bytes` each.
    pub(crate) fn dial_with(&self, bytes: usize) -> Http {
        let (client, server) = tokio::io::duplex(bytes);
        self.serve(server);
        Http::new(client)
    }

    /// Serves one HTTP connection.
    pub(crate) fn serve(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let engine = self.engine.clone();
        self.connections.spawn(async move {
            let http =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service(engine));
            // A connection that a test has broken.
            drop(http.with_upgrades().await);
        });
    }

    /// The same by the server that tells HTTP/1 and HTTP/2 apart, which wraps streams once more.
    pub(crate) fn serve_auto(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let engine = self.engine.clone();
        self.connections.spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new());
            drop(http.serve_connection_with_upgrades(TokioIo::new(stream), service(engine)).await);
        });
    }
}

/// The engine as hyper's service, which hears of a request at once.
fn service(
    engine: Engine<App>,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = Response<Full<Bytes>>,
    Error = Infallible,
    Future: Send + 'static,
> {
    service_fn(move |request| engine.clone().call(request))
}

impl Server {
    pub(crate) fn start(config: Config) -> Self {
        Self::start_with(Hub::start(config), |engine| engine)
    }

    /// The same with a hub and an engine of the test's own.
    pub(crate) fn start_with(hub: Hub, change: impl FnOnce(Engine<App>) -> Engine<App>) -> Self {
        let (app, peers) = App::new();
        let engine = change(Engine::new(hub, app));
        Self { dialer: Dialer { engine, connections: TaskTracker::new() }, peers }
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    pub(crate) fn dial(&self) -> Http {
        self.dialer.dial()
    }

    pub(crate) fn engine(&self) -> &Engine<App> {
        &self.dialer.engine
    }

    pub(crate) fn hub(&self) -> &Hub {
        self.dialer.engine.hub()
    }

    /// The application's side of the session that was opened next.
    pub(crate) async fn peer(&mut self) -> Peer {
        expect("a session", self.peers.recv()).await.unwrap()
    }

    /// Whether the application was told of a session that no test has asked for yet.
    pub(crate) fn has_peer(&self) -> bool {
        !self.peers.is_empty()
    }

    /// A WebSocket session, its open packet read.
    pub(crate) async fn websocket(&mut self) -> (WebSocket<DuplexStream>, Peer) {
        self.websocket_on(self.dial()).await
    }

    /// The same over a stream that holds little.
    pub(crate) async fn websocket_on_small_stream(&mut self) -> (WebSocket<DuplexStream>, Peer) {
        self.websocket_on(self.dialer.dial_with(SMALL_STREAM_BYTES)).await
    }

    pub(crate) async fn websocket_on<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        http: Http<S>,
    ) -> (WebSocket<S>, Peer) {
        let mut websocket = http.upgrade(OPEN_WEBSOCKET).await.unwrap();
        assert!(websocket.text().await.starts_with("0{"));
        (websocket, self.peer().await)
    }

    /// Ends the server: nothing may remain, and nothing may have to be cut off.
    pub(crate) async fn finish(self) {
        let hub = self.hub().clone();
        assert!(hub.shutdown(Duration::from_secs(30)).await, "tasks did not end by themselves");
        assert_eq!(hub.session_count(), 0);
    }
}
