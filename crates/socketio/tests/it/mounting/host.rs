//! The application around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socketio::{DisconnectReason, Namespace, RawArgs, Socket, SocketIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::wire::{Http, Polling, Stream, WebSocket};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Axum,
    Hyper,
    Tls,
}

pub(super) struct Host {
    pub(super) io: SocketIo,
    address: SocketAddr,
    tls: Option<TlsConnector>,
    stop: CancellationToken,
    served: JoinHandle<()>,
    endings: mpsc::Receiver<DisconnectReason>,
    requests: Requests,
}

/// The number of requests that have arrived.
type Requests = watch::Sender<usize>;

const SHUTDOWN: Duration = Duration::from_secs(5);

impl Host {
    pub(super) async fn start(kind: Kind) -> Self {
        let (sender, endings) = mpsc::channel(16);
        let namespace = Namespace::open("/", ())
            .detach(move |(), _socket: &Socket, reason| sender.try_send(reason).unwrap())
            .on("transport", async |socket: Socket| {
                let transport = format!("{:?}", socket.transport());
                socket.emit("transport", &transport).await.unwrap();
            })
            .on("echo", async |socket: Socket, args: RawArgs| {
                socket.emit_args("echo", args).await.unwrap();
            });
        let io = SocketIo::builder().namespace(namespace).build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let (tasks, requests) = (TaskTracker::new(), Requests::new(0));
        let application =
            Application { io: io.clone(), stop: stop.clone(), requests: requests.clone() };
        let (tls, served) = match kind {
            Kind::Axum => (None, tasks.spawn(application.axum(listener))),
            Kind::Hyper => (None, tasks.spawn(application.hyper(listener, None))),
            Kind::Tls => {
                let (acceptor, connector) = tls();
                (Some(connector), tasks.spawn(application.hyper(listener, Some(acceptor))))
            }
        };
        Self { io, address, tls, stop, served, endings, requests }
    }

    pub(super) async fn dial(&self) -> Http {
        let stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = ServerName::try_from("localhost").unwrap();
                Box::new(tls.connect(name, stream).await.unwrap())
            }
        };
        Http::new(stream)
    }

    /// Opens a session that polls.
    pub(super) async fn poll(&self) -> Polling {
        Polling::open(self.dial().await, self.dial().await).await
    }

    pub(super) async fn websocket(&self) -> WebSocket {
        self.dial().await.upgrade("/socket.io/?EIO=4&transport=websocket").await
    }

    /// A WebSocket for a session that polls.
    pub(super) async fn websocket_of(&self, polling: &Polling) -> WebSocket {
        let path = polling.path.replace("transport=polling", "transport=websocket");
        self.dial().await.upgrade(&path).await
    }

    /// The number of requests that have arrived.
    pub(super) fn requests(&self) -> usize {
        *self.requests.borrow()
    }

    pub(super) async fn has_more_requests_than(&self, number: usize) {
        self.requests.subscribe().wait_for(|requests| *requests > number).await.unwrap();
    }

    /// Why the next socket has ended.
    pub(super) async fn ended(&mut self) -> String {
        self.endings.recv().await.unwrap().to_string()
    }

    /// Stops the application. Says, once it has ended, why the sockets have.
    pub(super) fn stop(self) -> impl Future<Output = Vec<String>> {
        self.stop.cancel();
        async move {
            self.served.await.unwrap();
            let mut endings = self.endings;
            let mut reasons = Vec::new();
            while let Ok(reason) = endings.try_recv() {
                reasons.push(reason.to_string());
            }
            reasons
        }
    }

    pub(super) async fn end(self) {
        let io = self.io.clone();
        self.stop().await;
        assert_eq!(io.session_count(), 0);
    }
}

/// What an application has of its own.
#[derive(Clone)]
struct Application {
    io: SocketIo,
    stop: CancellationToken,
    requests: Requests,
}

impl Application {
    /// What an axum application does.
    async fn axum(self, listener: TcpListener) {
        let requests = self.requests.clone();
        let counted = move |request: axum::extract::Request| {
            requests.send_modify(|requests| *requests += 1);
            std::future::ready(request)
        };
        let app = axum::Router::new()
            .route("/hello", axum::routing::get(async || "hello"))
            .route_service("/socket.io/", self.io.clone())
            .layer(axum::middleware::map_request(counted));
        let stopped = async move {
            self.stop.cancelled().await;
            assert!(self.io.shutdown(SHUTDOWN).await, "everything ends by itself");
        };
        axum::serve(listener, app).with_graceful_shutdown(stopped).await.unwrap();
    }

    /// What an application does that has hyper alone, below TLS or not.
    async fn hyper(self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let connections = TaskTracker::new();
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            let (stream, _) = accepted.unwrap();
            stream.set_nodelay(true).unwrap();
            let (application, tls) = (self.clone(), tls.clone());
            connections.spawn(async move {
                match tls {
                    None => application.serve(stream).await,
                    Some(tls) => application.serve(tls.accept(stream).await.unwrap()).await,
                }
            });
        }
        assert!(self.io.shutdown(SHUTDOWN).await, "everything ends by itself");
        connections.close();
        connections.wait().await;
    }

    async fn serve(self, stream: impl Stream + 'static) {
        let stop = self.stop.clone();
        let service = service_fn(move |request| self.clone().answer(request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection.with_upgrades());
        if stop.run_until_cancelled(connection.as_mut()).await.is_none() {
            connection.as_mut().graceful_shutdown();
            // A client that is gone already is no failure.
            drop(connection.await);
        }
    }

    async fn answer(self, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
        self.requests.send_modify(|requests| *requests += 1);
        Ok(match request.uri().path() {
            "/hello" => Response::new(Full::from("hello")),
            "/socket.io/" => self.io.handle(request).await,
            _ => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
        })
    }
}

/// Both ends of TLS, with a certificate of their own.
fn tls() -> (TlsAcceptor, TlsConnector) {
    let generated = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = generated.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(generated.signing_key.serialize_der());
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}
