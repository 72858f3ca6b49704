//! Why a request is refused, in the words of engine.io.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::engine::response;

/// Why a request was not served. What the client is told has the form of engine.io's answers,
/// `{"code":3,"message":"Bad request"}`; where there is no code, the body is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestRefusal {
    /// 400, code 0: neither polling nor WebSocket.
    UnknownTransport,
    /// 400, code 1: there is no such session, or no longer.
    UnknownSession,
    /// 400, code 2: a handshake must be a GET.
    BadHandshakeMethod,
    /// 400, code 3: the request breaks a rule of its transport.
    BadRequest,
    /// 403, code 4: [`Engine::allow_request`](crate::Engine::allow_request) said no, with this
    /// message.
    Forbidden(Cow<'static, str>),
    /// 400, code 5: not version 4 of the protocol.
    UnsupportedVersion,
    /// 413: the body is larger than [`Config::max_payload`](crate::Config::max_payload).
    TooLarge,
    /// 503: [`Config::max_sessions`](crate::Config::max_sessions) are open.
    Full,
    /// 503: the engine is shutting down.
    ShuttingDown,
    /// 503: [`Config::max_undecided`](crate::Config::max_undecided) handshakes wait to be allowed.
    TooManyUndecided,
    /// 503: whether the handshake is allowed was not known within
    /// [`Config::allow_request_timeout`](crate::Config::allow_request_timeout).
    Undecided,
}

impl RequestRefusal {
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let (code, message) = match self {
            Self::UnknownTransport => (0, Cow::Borrowed("Transport unknown")),
            Self::UnknownSession => (1, "Session ID unknown".into()),
            Self::BadHandshakeMethod => (2, "Bad handshake method".into()),
            Self::BadRequest => (3, "Bad request".into()),
            Self::Forbidden(message) => (4, message),
            Self::UnsupportedVersion => (5, "Unsupported protocol version".into()),
            Self::TooLarge => return without_body(StatusCode::PAYLOAD_TOO_LARGE),
            Self::Full | Self::ShuttingDown | Self::TooManyUndecided | Self::Undecided => {
                return without_body(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let status = if code == 4 { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
        let body = format!(r#"{{"code":{code},"message":"{}"}}"#, escaped(&message));
        response(status, "application/json", Bytes::from(body))
    }
}

fn without_body(status: StatusCode) -> Response<Full<Bytes>> {
    response(status, "text/plain", Bytes::new())
}

/// A text as it stands in a JSON string (RFC 8259 §7).
fn escaped(text: &str) -> String {
    let characters = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
        _ => character.to_string(),
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_json_whatever_stands_in_them() {
        assert_eq!(escaped("Zu \"spät\"\n\\"), r#"Zu \"spät\"\u000a\\"#);
    }
}
