//! HTTP in front of the sessions: handshake, polling, and the way to WebSocket.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;

use crate::compression::{Compressor, Encoding};
use crate::driver::Driver;
use crate::gate::Gate;
use crate::handshake::{client_addr, query_value};
use crate::hub::Hub;
use crate::polling::Noticed;
use crate::session::{Session, SessionId};
use crate::{Application, Config, Forbidden, Handshake, Packet, RequestRefusal, TransportKind};
use crate::{polling, websocket};

/// An Engine.IO server in front of an [`Application`]. Cheap to clone; it is a
/// [`tower_service::Service`], or is called by [`handle`](Self::handle).
#[derive(Debug)]
pub struct Engine<A> {
    hub: Hub,
    application: Arc<A>,
    gate: Option<Arc<Gate>>,
    compressor: Arc<Compressor>,
}

impl<A> Clone for Engine<A> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            application: self.application.clone(),
            gate: self.gate.clone(),
            compressor: self.compressor.clone(),
        }
    }
}

/// Any error of a request's body.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a request asks for.
struct Query {
    transport: TransportKind,
    sid: Option<String>,
}

impl<A: Application> Engine<A> {
    /// Puts an application behind a hub.
    ///
    /// # Panics
    /// If [`Config::cookie`] is none that can be set.
    pub fn new(hub: Hub, application: A) -> Self {
        if let Some(cookie) = &hub.config().cookie {
            cookie.check();
        }
        let compressor = Arc::new(Compressor::new(hub.config()));
        Self { hub, application: Arc::new(application), gate: None, compressor }
    }

    /// Asks before each handshake, over polling and over WebSocket, whether it is allowed:
    /// engine.io's `allowRequest`. Nothing exists of a session that is not; its client is answered
    /// with 403. At most [`Config::max_undecided`] are asked about at a time, each for at most
    /// [`Config::allow_request_timeout`]; past either, the answer is 503.
    pub fn allow_request<F, D>(mut self, ask: F) -> Self
    where
        F: Fn(Parts) -> D + Send + Sync + 'static,
        D: Future<Output = Result<(), Forbidden>> + Send + 'static,
    {
        self.gate = Some(Arc::new(Gate::new(self.hub.config(), ask)));
        self
    }

    /// The hub that carries what goes out.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Notes that a request is there, before it is handled. To be called at once where hyper calls
    /// its service: of a connection that ends together with its request, hyper drops the request
    /// unheard, and the session of a poll would wait for its ping timeout. [`handle`](Self::handle)
    /// and [`call`](tower_service::Service::call) do so themselves, if it is them that are called at
    /// once; within an `async` block or a tower layer they are not.
    pub fn notice<B>(&self, request: &mut Request<B>) {
        if request.method() != Method::GET || request.extensions().get::<Noticed>().is_some() {
            return;
        }
        if let Ok(Query { transport: TransportKind::Polling, sid: Some(sid) }) = Query::of(request)
            && let Ok(session) = self.find(&sid)
        {
            request.extensions_mut().insert(Noticed::new(session));
        }
    }

    /// Answers one HTTP request. For a WebSocket the request must come from a connection that
    /// supports upgrades; what follows runs on a task of the hub.
    pub fn handle<B>(
        &self,
        mut request: Request<B>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        self.notice(&mut request);
        self.answer(request)
    }

    async fn answer<B>(&self, mut request: Request<B>) -> Response<Full<Bytes>>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        if let Some(noticed) = request.extensions_mut().remove::<Noticed>() {
            noticed.disarm();
        }
        let observed = self.hub.observed();
        let client_addr =
            if observed.is_observed() { client_addr(request.extensions()) } else { None };
        let answer = match Query::of(&request) {
            Ok(query) => match (query.transport, query.sid.as_deref()) {
                (TransportKind::WebSocket, None) => self.open_websocket(request).await,
                (TransportKind::WebSocket, Some(sid)) => self.probe(request, sid),
                (TransportKind::Polling, None) => self.open_polling(request).await,
                (TransportKind::Polling, Some(sid)) => self.existing(request, sid).await,
            },
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(|refusal| {
            observed.tell(|observer| observer.request_refused(&refusal, client_addr));
            refusal.into_response()
        })
    }

    async fn open_polling<B>(
        &self,
        request: Request<B>,
    ) -> Result<Response<Full<Bytes>>, RequestRefusal> {
        let handshake = self.admit(request).await?;
        let session = self.hub.open(None)?;
        let cookie = self.hub.config().cookie.as_ref();
        let cookie = cookie.map(|cookie| cookie.header(&session.id().encode()));
        let connection = self.application.connect(session.clone(), handshake);
        self.hub.tasks().spawn(Driver::new(session.clone(), connection, None));
        // The id of the session is a secret, whose text the length of an answer must not betray.
        let mut response = polling::poll(session, &self.compressor, None).await?;
        if let Some(cookie) = cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    async fn open_websocket<B>(
        &self,
        mut request: Request<B>,
    ) -> Result<Response<Full<Bytes>>, RequestRefusal> {
        let accept = websocket::accept_key(&request)?;
        let on_upgrade = hyper::upgrade::on(&mut request);
        let handshake = self.admit(request).await?;
        let (hub, application) = (self.hub.clone(), self.application.clone());
        self.hub.tasks().spawn(websocket::open(hub, application, handshake, on_upgrade));
        Ok(websocket::switching_protocols(accept))
    }

    /// Whether this handshake may open a session. There may be no room any more when it does.
    async fn admit<B>(&self, request: Request<B>) -> Result<Handshake, RequestRefusal> {
        if request.method() != Method::GET {
            return Err(RequestRefusal::BadHandshakeMethod);
        }
        if query_value(request.uri().query().unwrap_or_default(), "EIO") != Some("4") {
            return Err(RequestRefusal::UnsupportedVersion);
        }
        self.hub.has_room()?;
        let handshake = Handshake::of(&request);
        if let Some(gate) = &self.gate {
            gate.admit(request.into_parts().0).await?;
        }
        Ok(handshake)
    }

    async fn existing<B>(
        &self,
        request: Request<B>,
        sid: &str,
    ) -> Result<Response<Full<Bytes>>, RequestRefusal>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let session = self.find(sid)?;
        if session.transport() != TransportKind::Polling {
            return Err(RequestRefusal::BadRequest);
        }
        match *request.method() {
            Method::GET => {
                let encoding = Encoding::accepted(request.headers());
                drop(request);
                polling::poll(session, &self.compressor, encoding).await
            }
            Method::POST => polling::post(&session, request).await,
            _ => Err(RequestRefusal::BadRequest),
        }
    }

    /// A WebSocket that wants to take over from polling.
    fn probe<B>(
        &self,
        mut request: Request<B>,
        sid: &str,
    ) -> Result<Response<Full<Bytes>>, RequestRefusal> {
        let accept = websocket::accept_key(&request)?;
        let session = self.find(sid)?;
        let on_upgrade = hyper::upgrade::on(&mut request);
        self.hub.tasks().spawn(websocket::probe(session, on_upgrade));
        Ok(websocket::switching_protocols(accept))
    }

    fn find(&self, sid: &str) -> Result<Session, RequestRefusal> {
        let id = SessionId::parse(sid).ok_or(RequestRefusal::UnknownSession)?;
        self.hub.session(&id).ok_or(RequestRefusal::UnknownSession)
    }
}

impl<A, B> tower_service::Service<Request<B>> for Engine<A>
where
    A: Application,
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
        let engine = self.clone();
        Box::pin(async move { Ok(engine.handle(request).await) })
    }
}

impl Query {
    fn of<B>(request: &Request<B>) -> Result<Self, RequestRefusal> {
        let query = request.uri().query().unwrap_or_default();
        let transport = match query_value(query, "transport") {
            Some("polling") => TransportKind::Polling,
            Some("websocket") => TransportKind::WebSocket,
            _ => return Err(RequestRefusal::UnknownTransport),
        };
        Ok(Self { transport, sid: query_value(query, "sid").map(str::to_owned) })
    }
}

/// The first packet of a session: the five keys of the handshake.
pub(crate) fn open_packet(config: &Config, session: &Session) -> Packet {
    let upgrades = match session.transport() {
        TransportKind::Polling => r#"["websocket"]"#,
        TransportKind::WebSocket => "[]",
    };
    Packet::open(format!(
        r#"{{"sid":"{}","upgrades":{upgrades},"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
        session.id().encode(),
        config.ping_interval.as_millis(),
        config.ping_timeout.as_millis(),
        config.max_payload,
    ))
}

pub(crate) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
