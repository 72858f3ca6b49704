//! No request waits without end, whatever its handler waits for.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::ApiError;

/// How long an answer may take to begin.
#[derive(Debug, Clone, Copy)]
pub struct RequestTimeout(pub Duration);

/// Answers 503 once the time is over, and drops the handler. Bodies and the database have shorter
/// deadlines of their own, so that this one is only met by what was thought to be impossible.
pub async fn deadline(
    State(RequestTimeout(time)): State<RequestTimeout>,
    request: Request,
    next: Next,
) -> Response {
    tokio::time::timeout(time, next.run(request)).await.unwrap_or_else(|_| {
        tracing::error!("a request took longer than server.request_timeout");
        ApiError::unavailable().into_response()
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    /// The clock is virtual, and jumps to the next deadline when nothing else is left to do.
    #[tokio::test(start_paused = true)]
    async fn a_handler_that_never_ends_is_given_up() {
        let started = tokio::time::Instant::now();
        let router = Router::new()
            .route("/", get(std::future::pending::<()>))
            .layer(from_fn_with_state(RequestTimeout(Duration::from_secs(90)), deadline));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(started.elapsed(), Duration::from_secs(90));
    }
}
