//! What every answer carries, and what an answer is when a handler panics.

use std::any::Any;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use tracing::Instrument as _;

use super::ApiError;
use crate::clock::Sources;

/// Names the request in the answer and in the log lines of its handling, and adds the headers that
/// keep browsers from guessing. The path is logged without its query, which may hold a token.
pub async fn common_headers(
    State(sources): State<Sources>,
    request: Request,
    next: Next,
) -> Response {
    let id = sources.timed_id().to_string();
    let path = request.uri().path();
    let span = tracing::info_span!("request", id, method = %request.method(), path);
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The answer to a request whose handler panicked. The panic's own message has been printed by the
/// panic hook and is not sent.
pub fn answer_panics(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::opaque().into_response()
}
