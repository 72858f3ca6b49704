//! HTTP in front of the sessions: handshake, polling, and the way to WebSocket.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::oneshot;

use crate::driver::Driver;
use crate::handshake::query_value;
use crate::hub::Hub;
use crate::inbox::Room;
use crate::payload::{self, ClientPacket};
use crate::session::{Session, SessionId};
use crate::shard::{Op, PollReply};
use crate::{Application, CloseReason, Config, Handshake, Message, Packet, TransportKind};
use crate::{refusal::Refusal, websocket};

/// Time a client has to send the body of a POST.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// An Engine.IO server in front of an [`Application`]. Cheap to clone; it is a
/// [`tower_service::Service`], or is called by [`handle`](Self::handle).
#[derive(Debug)]
pub struct Engine<A> {
    hub: Hub,
    application: Arc<A>,
}

impl<A> Clone for Engine<A> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), application: self.application.clone() }
    }
}

/// Any error of a request's body.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a request asks for.
struct Query {
    transport: TransportKind,
    sid: Option<String>,
}

impl<A: Application> Engine<A> {
    /// Puts an application behind a hub.
    pub fn new(hub: Hub, application: A) -> Self {
        Self { hub, application: Arc::new(application) }
    }

    /// The hub that carries what goes out.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Answers one HTTP request. For a WebSocket the request must come from a connection that
    /// supports upgrades; what follows runs on a task of the hub.
    pub async fn handle<B>(&self, mut request: Request<B>) -> Response<Full<Bytes>>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let answer = match Query::of(&request) {
            Ok(query) => match (query.transport, query.sid.as_deref()) {
                (TransportKind::WebSocket, sid) => self.websocket(&mut request, sid),
                (TransportKind::Polling, None) => self.open_polling(request).await,
                (TransportKind::Polling, Some(sid)) => self.existing(request, sid).await,
            },
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(Refusal::into_response)
    }

    async fn open_polling<B>(&self, request: Request<B>) -> Result<Response<Full<Bytes>>, Refusal> {
        if request.method() != Method::GET {
            return Err(Refusal::BadHandshakeMethod);
        }
        check_protocol(request.uri().query())?;
        let handshake = Handshake::of(&request);
        let session = self.hub.open(None).ok_or(Refusal::Unavailable)?;
        self.start(session.clone(), handshake);
        poll(session).await
    }

    /// Spawns the task of a polling session.
    fn start(&self, session: Session, handshake: Handshake) {
        let connection = self.application.connect(session.clone(), handshake);
        self.hub.tasks().spawn(Driver::new(session, connection, None));
    }

    async fn existing<B>(
        &self,
        request: Request<B>,
        sid: &str,
    ) -> Result<Response<Full<Bytes>>, Refusal>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let session = self.find(sid)?;
        if session.transport() != TransportKind::Polling {
            return Err(Refusal::BadRequest);
        }
        match *request.method() {
            Method::GET => poll(session).await,
            Method::POST => post(&session, request).await,
            _ => Err(Refusal::BadRequest),
        }
    }

    fn websocket<B>(
        &self,
        request: &mut Request<B>,
        sid: Option<&str>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let accept = websocket::accept_key(request)?;
        match sid {
            None => {
                if request.method() != Method::GET {
                    return Err(Refusal::BadHandshakeMethod);
                }
                check_protocol(request.uri().query())?;
                // Looked at again when the session is opened; by then only the stream can be closed.
                if self.hub.is_closing() || self.hub.is_full() {
                    return Err(Refusal::Unavailable);
                }
                let handshake = Handshake::of(request);
                let on_upgrade = hyper::upgrade::on(request);
                let (hub, application) = (self.hub.clone(), self.application.clone());
                self.hub.tasks().spawn(websocket::open(hub, application, handshake, on_upgrade));
            }
            Some(sid) => {
                let session = self.find(sid)?;
                let on_upgrade = hyper::upgrade::on(request);
                self.hub.tasks().spawn(websocket::probe(session, on_upgrade));
            }
        }
        Ok(websocket::switching_protocols(accept))
    }

    fn find(&self, sid: &str) -> Result<Session, Refusal> {
        let id = SessionId::parse(sid).ok_or(Refusal::UnknownSession)?;
        self.hub.session(&id).ok_or(Refusal::UnknownSession)
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

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let engine = self.clone();
        Box::pin(async move { Ok(engine.handle(request).await) })
    }
}

impl Query {
    fn of<B>(request: &Request<B>) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default();
        let transport = match query_value(query, "transport") {
            Some("polling") => TransportKind::Polling,
            Some("websocket") => TransportKind::WebSocket,
            _ => return Err(Refusal::UnknownTransport),
        };
        Ok(Self { transport, sid: query_value(query, "sid").map(str::to_owned) })
    }
}

fn check_protocol(query: Option<&str>) -> Result<(), Refusal> {
    match query_value(query.unwrap_or_default(), "EIO") {
        Some("4") => Ok(()),
        _ => Err(Refusal::UnsupportedVersion),
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

/// Waits for packets. If the client gives the request up, its session ends: what it was answered
/// may be lost.
async fn poll(session: Session) -> Result<Response<Full<Bytes>>, Refusal> {
    struct Guard(Option<Session>);
    impl Drop for Guard {
        fn drop(&mut self) {
            if let Some(session) = self.0.take() {
                session.push(Op::PollAborted { key: session.key() });
            }
        }
    }
    let (reply, answer) = oneshot::channel();
    session.push(Op::Poll { key: session.key(), reply });
    let mut guard = Guard(Some(session));
    let answer = answer.await;
    guard.0 = None;
    match answer {
        Ok(PollReply::Payload(payload)) => Ok(text(payload)),
        Ok(PollReply::Refused) => Err(Refusal::BadRequest),
        Err(_) => Err(Refusal::UnknownSession),
    }
}

/// Takes a payload. If the client gives the request up, its session ends: what it sent may be lost.
async fn post<B>(session: &Session, request: Request<B>) -> Result<Response<Full<Bytes>>, Refusal>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    struct Guard<'a>(Option<&'a Session>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            if let Some(session) = self.0 {
                session.close(CloseReason::TransportError);
            }
        }
    }
    let mut guard = Guard(Some(session));
    let answer = receive(session, request).await;
    guard.0 = None;
    answer
}

/// Hands over all packets of a payload, or none.
async fn receive<B>(
    session: &Session,
    request: Request<B>,
) -> Result<Response<Full<Bytes>>, Refusal>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let Some(_only) = session.inbox().begin_post() else {
        session.close(CloseReason::TransportError);
        return Err(Refusal::BadRequest);
    };
    let body = match read_body(session.hub().config(), request).await {
        Ok(body) => body,
        Err(refusal) => {
            let too_large = refusal == Refusal::TooLarge;
            let reason =
                if too_large { CloseReason::TooLarge } else { CloseReason::TransportError };
            session.close(reason);
            return Err(refusal);
        }
    };
    let Ok(packets) = payload::decode(body) else {
        session.close(CloseReason::ParseError);
        return Err(Refusal::BadRequest);
    };
    for packet in packets {
        match packet {
            ClientPacket::Message(message) => push(session, message).await?,
            ClientPacket::Pong => session.push(Op::Pong { key: session.key() }),
            ClientPacket::Close => {
                session.gone(CloseReason::TransportClose);
                break;
            }
            ClientPacket::Noop | ClientPacket::Upgrade | ClientPacket::Probe => {}
        }
    }
    Ok(html_ok())
}

async fn push(session: &Session, message: Message) -> Result<(), Refusal> {
    let config = session.hub().config();
    let room = Room { messages: config.inbox_messages, bytes: config.max_payload };
    let mut message = Some(message);
    let taken = std::future::poll_fn(|cx| session.inbox().poll_push(cx, room, &mut message)).await;
    taken.then_some(()).ok_or(Refusal::UnknownSession)
}

async fn read_body<B>(config: &Config, request: Request<B>) -> Result<Bytes, Refusal>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > config.max_payload as u64) {
        return Err(Refusal::TooLarge);
    }
    let body = Limited::new(request.into_body(), config.max_payload).collect();
    match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Refusal::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Refusal::BadRequest),
    }
}

fn text(payload: Bytes) -> Response<Full<Bytes>> {
    response(StatusCode::OK, "text/plain; charset=UTF-8", payload)
}

fn html_ok() -> Response<Full<Bytes>> {
    // What engine.io on Node answers; the type keeps Internet Explorer from offering a download.
    response(StatusCode::OK, "text/html", Bytes::from_static(b"ok"))
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
