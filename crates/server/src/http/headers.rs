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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn panics() {
        panic!("a test panics on purpose: /secret/path");
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_tells_nothing() {
        let router = Router::new()
            .route("/", get(panics))
            .layer(CatchPanicLayer::custom(answer_panics))
            .layer(axum::middleware::from_fn_with_state(Sources::system(), common_headers));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("x-request-id"));
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, r#"{"message":"Internal server error","statusCode":500}"#);
    }
}
