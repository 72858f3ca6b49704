//! The door of the gateway: handshakes from addresses that are kept out go no further.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use socketio::SocketIo;
use tower_service::Service;

use super::{Admission, KeptOut};
use crate::events::Problem;
use crate::http::ClientAddr;

/// Answers what comes for `/socket.io/`: 429 for a handshake that is one too many.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    io: SocketIo,
    admission: Arc<Admission>,
}

impl Door {
    pub(crate) fn new(io: SocketIo, admission: Arc<Admission>) -> Self {
        Self { io, admission }
    }

    fn knock(&self, request: &Request<Body>) -> Result<(), KeptOut> {
        if belongs_to_session(request.uri().query().unwrap_or_default()) {
            return Ok(());
        }
        let address = request.extensions().get::<ClientAddr>();
        address.map_or(Ok(()), |address| self.admission.knock(address.0))
    }
}

/// Whether the engine takes the request for one of a session that is open already.
fn belongs_to_session(query: &str) -> bool {
    query.split('&').any(|pair| pair.starts_with("sid="))
}

/// What those who are kept out get. Stock clients tell of the status alone.
fn answer(why: KeptOut) -> Response<Full<Bytes>> {
    let problem = Problem::rate_limited(&why.to_string(), why.retry_after());
    let body = serde_json::to_vec(&problem.as_error()).unwrap_or_default();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(problem.retry_after_secs.map(|secs| (header::RETRY_AFTER, secs.into())));
    response
}

impl Service<Request<Body>> for Door {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.knock(&request) {
            Ok(()) => self.io.call(request),
            Err(why) => Box::pin(ready(Ok(answer(why)))),
        }
    }
}
