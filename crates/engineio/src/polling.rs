//! The requests of a session that polls: GET for packets, POST with packets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::oneshot;

use crate::compression::{Compressor, Encoding};
use crate::engine::{BoxError, response};
use crate::inbox::Room;
use crate::payload::{self, ClientPacket};
use crate::session::Session;
use crate::shard::{Op, PollReply};
use crate::{CloseReason, Config, Message, RequestRefusal};

/// Time a client has to send the body of a POST.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A poll whose request is there and may be dropped before anyone has looked at it, which is the
/// same as if it were given up. Kept among the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Noticed(Arc<Mutex<GivenUp>>);

/// Tells the shard, unless it is disarmed before, that a poll was given up.
#[derive(Debug)]
struct GivenUp(Option<Session>);

impl Noticed {
    pub(crate) fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(GivenUp(Some(session)))))
    }

    /// Somebody has looked at it.
    pub(crate) fn disarm(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = None;
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.push(Op::PollAborted { key: session.key() });
        }
    }
}

/// Waits for packets. If the client gives the request up, its session ends: what it was answered
/// may be lost.
pub(crate) async fn poll(
    session: Session,
    compressor: &Compressor,
    encoding: Option<Encoding>,
) -> Result<Response<Full<Bytes>>, RequestRefusal> {
    let (reply, answer) = oneshot::channel();
    session.push(Op::Poll { key: session.key(), reply });
    let mut guard = GivenUp(Some(session.clone()));
    let answer = match answer.await {
        Ok(PollReply::Payload(payload)) => {
            Ok(answer_with(&session, payload, compressor, encoding).await)
        }
        Ok(PollReply::Refused) => Err(RequestRefusal::BadRequest),
        Err(_) => Err(RequestRefusal::UnknownSession),
    };
    guard.0 = None;
    answer
}

async fn answer_with(
    session: &Session,
    payload: Bytes,
    compressor: &Compressor,
    encoding: Option<Encoding>,
) -> Response<Full<Bytes>> {
    let worth_it = compressor.is_worth_it(&payload);
    let compressed = match encoding {
        Some(encoding) if worth_it => {
            let compressed = compressor.compress(session.hub().tasks(), &payload, encoding).await;
            compressed.map(|body| (body, encoding))
        }
        _ => None,
    };
    let coding = compressed.as_ref().map(|(_, encoding)| *encoding);
    let body = compressed.map_or(payload, |(body, _)| body);
    let mut response = response(StatusCode::OK, "text/plain; charset=UTF-8", body);
    let headers = response.headers_mut();
    if worth_it {
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    response
}

/// Takes a payload. If the client gives the request up, its session ends: what it sent may be lost.
pub(crate) async fn post<B>(
    session: &Session,
    request: Request<B>,
) -> Result<Response<Full<Bytes>>, RequestRefusal>
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
) -> Result<Response<Full<Bytes>>, RequestRefusal>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let Some(_only) = session.inbox().begin_post() else {
        session.close(CloseReason::TransportError);
        return Err(RequestRefusal::BadRequest);
    };
    let body = match read_body(session.hub().config(), request).await {
        Ok(body) => body,
        Err(refusal) => {
            let too_large = refusal == RequestRefusal::TooLarge;
            let reason =
                if too_large { CloseReason::TooLarge } else { CloseReason::TransportError };
            session.close(reason);
            return Err(refusal);
        }
    };
    let Ok(packets) = payload::decode(body) else {
        session.close(CloseReason::ParseError);
        return Err(RequestRefusal::BadRequest);
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

async fn push(session: &Session, message: Message) -> Result<(), RequestRefusal> {
    let config = session.hub().config();
    let room = Room { messages: config.inbox_messages, bytes: config.max_payload };
    let mut message = Some(message);
    let taken = std::future::poll_fn(|cx| session.inbox().poll_push(cx, room, &mut message)).await;
    taken.then_some(()).ok_or(RequestRefusal::UnknownSession)
}

async fn read_body<B>(config: &Config, request: Request<B>) -> Result<Bytes, RequestRefusal>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > config.max_payload as u64) {
        return Err(RequestRefusal::TooLarge);
    }
    let body = Limited::new(request.into_body(), config.max_payload).collect();
    match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(RequestRefusal::TooLarge)
        }
        Ok(Err(_)) | Err(_) => Err(RequestRefusal::BadRequest),
    }
}

fn html_ok() -> Response<Full<Bytes>> {
    // What engine.io on Node answers; the type keeps Internet Explorer from offering a download.
    response(StatusCode::OK, "text/html", Bytes::from_static(b"ok"))
}
