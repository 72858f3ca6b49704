//! Errors as clients see them: `{"message", "error", "statusCode"}`, made here and nowhere else.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::database::StorageError;

/// An answer that says what went wrong.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    message: Message,
    /// Whether the body repeats the status in words; guards and 500 do not.
    with_reason: bool,
    retry_after: Option<Duration>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Message {
    One(String),
    Many(Vec<String>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    message: &'a Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    status_code: u16,
}

impl ApiError {
    /// An error with its status in words.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = Message::One(message.into());
        Self { status, message, with_reason: true, retry_after: None }
    }

    /// 400 with one sentence.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400 with everything that is wrong with the properties of a body.
    pub fn validation(problems: Vec<String>) -> Self {
        let message = Message::Many(problems);
        Self { message, ..Self::bad_request(String::new()) }
    }

    /// 401 as a guard answers it: without a reason.
    pub fn unauthorized() -> Self {
        let error = Self::new(StatusCode::UNAUTHORIZED, "Unauthorized");
        Self { with_reason: false, ..error }
    }

    /// 401 that says why.
    pub fn unauthorized_because(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 404 for a method and path that no route answers.
    pub fn no_route(method: &http::Method, path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Cannot {method} {path}"))
    }

    /// 429; the time is sent along, rounded up to seconds.
    pub fn too_many(retry_after: Duration) -> Self {
        let message = "Too many requests, try again later";
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 503: nothing is wrong with the request, and it may succeed in a moment.
    pub fn unavailable() -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Busy, try again in a moment");
        Self { retry_after: Some(Duration::from_secs(1)), ..error }
    }

    /// 500: the cause is logged, the client learns nothing.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::opaque()
    }

    /// 500 for what has been logged already.
    pub(crate) fn opaque() -> Self {
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
        Self { with_reason: false, ..error }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        tracing::error!(%error, "a request could not be served");
        Self::unavailable()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body {
            message: &self.message,
            error: self.status.canonical_reason().filter(|_| self.with_reason),
            status_code: self.status.as_u16(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1_000).max(1);
            let seconds = HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(error: ApiError) -> String {
        let response = error.into_response();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn shapes() {
        assert_eq!(
            body(ApiError::bad_request("no")).await,
            r#"{"message":"no","error":"Bad Request","statusCode":400}"#
        );
        assert_eq!(
            body(ApiError::validation(vec!["a".to_owned()])).await,
            r#"{"message":["a"],"error":"Bad Request","statusCode":400}"#
        );
        assert_eq!(
            body(ApiError::unauthorized()).await,
            r#"{"message":"Unauthorized","statusCode":401}"#
        );
        let cause = std::io::Error::other("/secret/path");
        assert_eq!(
            body(ApiError::internal(&cause)).await,
            r#"{"message":"Internal server error","statusCode":500}"#
        );
    }

    #[test]
    fn waiting_is_rounded_up_to_seconds() {
        let response = ApiError::too_many(Duration::from_millis(1_001)).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
