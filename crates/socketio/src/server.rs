//! A Socket.IO server: settings, namespaces, and the service to mount.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use engineio::{Application, Config, Engine, Forbidden, Handshake, Hub, Observer, Session};
use http::{Request, Response};
use http_body_util::Full;
use tokio::time::Instant;

use crate::adapter::{Adapter, Local};
use crate::bundles::{self, Bundles};
use crate::connection::SocketConnection;
use crate::decode::Bounds;
use crate::namespace::{Ground, Hooks, Name, Namespace, NamespaceRef, Namespaces};
use crate::parser::Parser;
use crate::recovery::RecoveryBounds;

/// Any error of a request's body.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Settings and namespaces of a server that is not running yet.
pub struct Builder {
    engine: Config,
    start_hub: Box<dyn FnOnce(Config) -> Hub + Send>,
    set_gate: Box<dyn FnOnce(Engine<Sessions>) -> Engine<Sessions> + Send>,
    connect_timeout: Duration,
    handler_timeout: Duration,
    max_waiting: usize,
    bounds: Bounds,
    parser: Parser,
    bundles: Bundles,
    namespaces: Vec<Arc<dyn Hooks>>,
    max_dynamic: usize,
    max_per_client: usize,
    adapter: MakeAdapter,
    recovery: RecoveryBounds,
}

type MakeAdapter = Box<dyn FnOnce(Local) -> Arc<dyn Adapter> + Send>;

/// A running server. Cheap to clone; it is a [`tower_service::Service`] for every request at its
/// path and below, or is called by [`handle`](Self::handle).
///
/// Pages of other origins may poll it once something puts CORS headers around it, which engine.io
/// does by its `cors` option and the `cors` package: `tower_http::cors::CorsLayer` does the same,
/// preflight requests included.
#[derive(Clone)]
pub struct SocketIo {
    engine: Engine<Sessions>,
    shared: Arc<Shared>,
    adapter: Arc<dyn Adapter>,
    bundles: Arc<Bundles>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) namespaces: Arc<Namespaces>,
    pub(crate) max_per_client: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) handler_timeout: Duration,
    pub(crate) max_waiting: usize,
    pub(crate) max_waiting_bytes: usize,
    pub(crate) bounds: Bounds,
    pub(crate) parser: Parser,
}

struct Sessions(Arc<Shared>);

impl Application for Sessions {
    type Connection = SocketConnection;

    fn connect(&self, session: Session, handshake: Handshake) -> SocketConnection {
        SocketConnection::new(self.0.clone(), session, handshake)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            engine: Config { path: "/socket.io/".to_owned(), ..Config::default() },
            start_hub: Box::new(Hub::start),
            set_gate: Box::new(|engine| engine),
            connect_timeout: Duration::from_secs(45),
            handler_timeout: Duration::from_secs(30),
            max_waiting: 64,
            bounds: Bounds { attachments: 64, nesting: 64, bytes: 4 << 20 },
            parser: Parser::default(),
            bundles: Bundles::missing("this server does not serve the client"),
            namespaces: Vec::new(),
            max_dynamic: 10_000,
            max_per_client: 128,
            adapter: Box::new(|local| Arc::new(local)),
            recovery: RecoveryBounds::default(),
        }
    }
}

impl Builder {
    /// The settings of the engine below. Its path is `/socket.io/` unless set.
    pub fn engine(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.engine);
        self
    }

    /// Sees what happens below: sessions, and where the server holds back.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.start_hub = Box::new(move |config| Hub::start_observed(config, observer));
        self
    }

    /// Asks before each handshake, over polling and over WebSocket, whether it is allowed:
    /// socket.io's `allowRequest`. Nothing exists of a session that is not; its client is answered
    /// with 403, which it tells its application as a `connect_error` (of the transport, without
    /// `data`), and tries again. At most [`Config::max_undecided`] are asked about at a time, each
    /// for at most [`Config::allow_request_timeout`]; past either, the answer is 503.
    ///
    /// Who a user is, is better asked by a namespace ([`Namespace::guarded`]), which can say why it
    /// refuses.
    ///
    /// ```
    /// # use socketio::{Forbidden, SocketIo};
    /// let io = SocketIo::builder().allow_request(|parts| async move {
    ///     match parts.headers.get("origin") {
    ///         Some(origin) if origin == "https://example.com" => Ok(()),
    ///         _ => Err(Forbidden::default()),
    ///     }
    /// });
    /// # drop(io);
    /// ```
    pub fn allow_request<F, D>(mut self, ask: F) -> Self
    where
        F: Fn(http::request::Parts) -> D + Send + Sync + 'static,
        D: Future<Output = Result<(), Forbidden>> + Send + 'static,
    {
        self.set_gate = Box::new(move |engine| engine.allow_request(ask));
        self
    }

    /// Time a client has to connect to a namespace; 45 s unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Time a handler may take before it is dropped; 30 s unless set.
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.handler_timeout = timeout;
        self
    }

    /// Events of one client that may wait for their turn; past it, or past
    /// [`Config::max_payload`] bytes of them, nothing is read from the client until there is room.
    /// 64 unless set.
    pub fn max_waiting_events(mut self, events: usize) -> Self {
        self.max_waiting = events.max(1);
        self
    }

    /// Binary attachments that one packet may have; 64 unless set. A packet with more ends the
    /// session.
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.bounds.attachments = attachments;
        self
    }

    /// Bytes that a packet may have together with its attachments; 4 MiB unless set, but never
    /// less than [`Config::max_payload`], which bounds each of them. A larger one ends the session.
    pub fn max_packet_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// How deep arrays and objects may stand in each other; 64 unless set, and at most 127, which
    /// is as deep as payloads can be decoded. A packet that is nested deeper ends the session.
    pub fn max_nesting(mut self, depth: usize) -> Self {
        self.bounds.nesting = depth.min(127);
        self
    }

    /// How packets are encoded: as clients do it unless they are told otherwise, or as those do that
    /// have `socket.io-msgpack-parser`.
    pub fn parser(mut self, parser: Parser) -> Self {
        self.parser = parser;
        self
    }

    /// The client's files.
    pub fn bundles(mut self, bundles: Bundles) -> Self {
        self.bundles = bundles;
        self
    }

    /// What carries broadcasts to their sockets, made around the one that knows the sockets of
    /// this process. Unless set, that one alone.
    pub fn adapter<A: Adapter>(mut self, make: impl FnOnce(Local) -> A + Send + 'static) -> Self {
        self.adapter = Box::new(|local| Arc::new(make(local)));
        self
    }

    /// The bounds of connection state recovery, which each namespace switches on for itself
    /// ([`Namespace::recoverable`]).
    pub fn recovery(mut self, bounds: RecoveryBounds) -> Self {
        self.recovery = bounds;
        self
    }

    /// Namespaces that may be there at a time because of a [pattern](Namespace::matching), of all
    /// patterns together; 10,000 unless set. Past it, those go that are empty and only wait for
    /// clients who may come back; then who asks for one more gets `connect_error` "Too many
    /// namespaces".
    pub fn max_dynamic_namespaces(mut self, namespaces: usize) -> Self {
        self.max_dynamic = namespaces;
        self
    }

    /// Namespaces that one client may be in at a time; 128 unless set. Past it, it gets
    /// `connect_error` "Too many namespaces".
    pub fn max_namespaces_per_client(mut self, namespaces: usize) -> Self {
        self.max_per_client = namespaces.max(1);
        self
    }

    /// Adds a namespace, or a pattern of namespaces.
    ///
    /// # Panics
    /// If there is one of this name already, or the name does not begin with a slash.
    pub fn namespace<D, S>(mut self, namespace: Namespace<D, S>) -> Self
    where
        D: Send + Sync + 'static,
        S: Clone + Send + Sync + 'static,
    {
        let namespace: Arc<dyn Hooks> = Arc::new(namespace);
        if let Name::Exactly(path) = namespace.name() {
            assert!(path.starts_with('/'), "the namespace {path:?} must begin with a slash");
            let is_it =
                |other: &Arc<dyn Hooks>| matches!(other.name(), Name::Exactly(p) if p == path);
            assert!(!self.namespaces.iter().any(is_it), "there are two namespaces {path:?}");
        }
        self.namespaces.push(namespace);
        self
    }

    /// Starts the server on the current tokio runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime, or if [`Config::cookie`] is none that can be set.
    pub fn build(self) -> SocketIo {
        let (max_payload, parser) = (self.engine.max_payload, self.parser);
        let hub = (self.start_hub)(self.engine);
        let local = Local::new(hub.clone(), parser);
        let adapter = (self.adapter)(local.clone());
        let ground = Ground::new(parser, hub.clone(), local, adapter.clone(), self.recovery);
        let namespaces = Namespaces::new(self.namespaces, ground, self.max_dynamic);
        let shared = Arc::new(Shared {
            namespaces: Arc::new(namespaces),
            max_per_client: self.max_per_client,
            connect_timeout: self.connect_timeout,
            handler_timeout: self.handler_timeout,
            max_waiting: self.max_waiting,
            max_waiting_bytes: max_payload,
            bounds: Bounds { bytes: self.bounds.bytes.max(max_payload), ..self.bounds },
            parser,
        });
        let engine = (self.set_gate)(Engine::new(hub, Sessions(shared.clone())));
        SocketIo { engine, shared, adapter, bundles: Arc::new(self.bundles) }
    }
}

impl SocketIo {
    /// A server with socket.io's defaults, to be changed.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A namespace, to send to those in it. One that a [pattern](Namespace::matching) makes is there
    /// while somebody is in it, or may come back to what was sent.
    pub fn of(&self, path: &str) -> Option<NamespaceRef> {
        self.shared.namespaces.get(path)
    }

    /// All namespaces that are there now, in no order: to tell those of a pattern something at once.
    pub fn namespaces(&self) -> Vec<NamespaceRef> {
        self.shared.namespaces.all()
    }

    /// The number of sessions, those included that are not connected to a namespace yet, or about
    /// to end.
    pub fn session_count(&self) -> usize {
        self.engine.hub().session_count()
    }

    /// The bytes of [`Config::queue_bytes`] that wait for the shards. When they are all taken, those
    /// who emit wait.
    pub fn queued_bytes(&self) -> usize {
        self.engine.hub().queued_bytes()
    }

    /// Refuses new sessions, closes all without a DISCONNECT (so that clients come back by
    /// themselves), and waits for handlers and tasks, and then for the adapter, at most `deadline`.
    /// Says whether all ended by themselves.
    pub async fn shutdown(&self, deadline: Duration) -> bool {
        let deadline_at = Instant::now() + deadline;
        let sessions_ended = self.engine.hub().shutdown(deadline).await;
        let adapter_ended = tokio::time::timeout_at(deadline_at, self.adapter.shutdown()).await;
        sessions_ended && adapter_ended.is_ok()
    }

    /// Notes that a request is there, before it is handled. To be called at once where hyper calls
    /// its service: of a connection that ends together with its request, hyper drops the request
    /// unheard, and the client of a poll would be found missing only by its ping timeout.
    pub fn notice<B>(&self, request: &mut Request<B>) {
        if let Some("" | "/") = self.below_path(request.uri().path()) {
            self.engine.notice(request);
        }
    }

    fn below_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.engine.hub().config().path.trim_end_matches('/'))
    }

    /// Answers one HTTP request: the protocol at the server's path, the client's files below it,
    /// 404 elsewhere.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        match self.below_path(request.uri().path()) {
            Some("" | "/") => self.engine.handle(request).await,
            below => {
                let name = below.and_then(|below| below.strip_prefix('/'));
                name.and_then(|name| self.bundles.serve(request.method(), request.headers(), name))
                    .unwrap_or_else(|| bundles::not_found(Bytes::from_static(b"not found")))
            }
        }
    }
}

impl fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut server = f.debug_struct("SocketIo");
        server.field("namespaces", &self.shared.namespaces).finish_non_exhaustive()
    }
}

impl<B> tower_service::Service<Request<B>> for SocketIo
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.notice(&mut request);
        let server = self.clone();
        Box::pin(async move { Ok(server.handle(request).await) })
    }
}
