//! Why a request is refused, in the words of engine.io.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::engine::response;

/// A request that is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownTransport,
    UnknownSession,
    BadHandshakeMethod,
    BadRequest,
    UnsupportedVersion,
    /// The body is larger than `max_payload`.
    TooLarge,
    /// Shutting down, or full.
    Unavailable,
}

impl Refusal {
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let (code, message) = match self {
            Self::UnknownTransport => (0, "Transport unknown"),
            Self::UnknownSession => (1, "Session ID unknown"),
            Self::BadHandshakeMethod => (2, "Bad handshake method"),
            Self::BadRequest => (3, "Bad request"),
            Self::UnsupportedVersion => (5, "Unsupported protocol version"),
            Self::TooLarge => {
                return response(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", Bytes::new());
            }
            Self::Unavailable => {
                return response(StatusCode::SERVICE_UNAVAILABLE, "text/plain", Bytes::new());
            }
        };
        let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
        response(StatusCode::BAD_REQUEST, "application/json", Bytes::from(body))
    }
}
