//! What a client is told when something goes wrong: Nest's `exception` event, and the ack.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::server_event::ServerEvent;
use crate::code::Code;

/// The event that carries an [`Exception`].
pub(crate) const EXCEPTION: &str = ExceptionEvent::NAME;

/// The pattern of what concerns the connection as a whole.
const CONNECTION: &str = "connection";

/// The largest payload that is sent back in `cause.data`, in bytes; a larger one is left out.
const MAX_ECHO_BYTES: usize = 4 * 1024;

/// Something went wrong, in words for people and a code for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// The time after which it may well succeed, in whole seconds.
    pub(crate) retry_after_secs: Option<u64>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_secs: None }
    }

    /// A payload that is not what the event takes.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidPayload, message)
    }

    /// More often than is allowed: `what` is how it begins to be said, and `wait` the time after
    /// which the next one passes.
    pub(crate) fn rate_limited(what: &str, wait: Duration) -> Self {
        let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let message = format!("{what}, try again in {secs} s");
        Self { retry_after_secs: Some(secs), ..Self::new(Code::RateLimited, message) }
    }
}

/// The event `exception`.
pub(crate) struct ExceptionEvent;

impl ServerEvent for ExceptionEvent {
    const NAME: &'static str = "exception";
    const ABOUT: &'static str = "Something was not done, and no ack was asked for; or, if \
        `cause.pattern` is `connection`, the connection ends now, and this is why.";
    const TO: &'static str = "the socket that it concerns";
    const NAMES: &'static [&'static str] = &["exception"];
    type Arguments = (Exception<'static>,);
}

/// What went wrong, in the shape that Nest gives it, and a code.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exception<'a> {
    #[schemars(extend("const" = "error"))]
    status: &'static str,
    /// In words, for people.
    message: &'a str,
    code: Code,
    /// The time after which trying again makes sense, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    retry_after: Option<u64>,
    cause: Cause<'a>,
}

/// What an exception is about.
#[derive(Debug, Serialize, JsonSchema)]
struct Cause<'a> {
    /// The event, or `connection`.
    pattern: &'a str,
    /// What came with it; null if it was large.
    #[schemars(with = "serde_json::Value")]
    data: Option<&'a RawValue>,
}

impl<'a> Exception<'a> {
    /// Whether what came with an event is small enough to be sent back.
    pub(super) fn repeats(data: &RawValue) -> bool {
        data.get().len() <= MAX_ECHO_BYTES
    }

    /// For the event `pattern` that came with `data`.
    pub(crate) fn new(problem: &'a Problem, pattern: &'a str, data: Option<&'a RawValue>) -> Self {
        let data = data.filter(|data| Self::repeats(data));
        let cause = Cause { pattern, data };
        Self {
            status: "error",
            message: &problem.message,
            code: problem.code,
            retry_after: problem.retry_after_secs,
            cause,
        }
    }

    /// For the connection as a whole.
    pub(crate) fn of_connection(problem: &'a Problem) -> Self {
        Self::new(problem, CONNECTION, None)
    }
}

/// The ack of an event that was not done.
#[derive(Debug, Serialize)]
pub(crate) struct FailedAck<'a> {
    ok: bool,
    error: AckError<'a>,
}

/// Why something was not done.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AckError<'a> {
    code: Code,
    /// In words, for people.
    message: &'a str,
    /// The time after which trying again makes sense, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    retry_after: Option<u64>,
}

impl Problem {
    /// What is told of it.
    pub(crate) fn as_error(&self) -> AckError<'_> {
        AckError { code: self.code, message: &self.message, retry_after: self.retry_after_secs }
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_error().serialize(serializer)
    }
}

impl<'a> From<&'a Problem> for FailedAck<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self { ok: false, error: problem.as_error() }
    }
}

/// The `data` of the `connect_error` that a connection is refused with, if it is refused in that way.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RefusalData {
    pub(crate) code: Code,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_nests_with_a_code() {
        let problem = Problem::new(Code::InvalidPayload, "message must be a string");
        let data = RawValue::from_string(r#"{"message":5}"#.to_owned()).unwrap();
        let exception = Exception::new(&problem, "message-from-client", Some(&data));
        assert_eq!(
            serde_json::to_string(&exception).unwrap(),
            concat!(
                r#"{"status":"error","message":"message must be a string","#,
                r#""code":"invalid_payload","#,
                r#""cause":{"pattern":"message-from-client","data":{"message":5}}}"#
            )
        );
        assert_eq!(
            serde_json::to_string(&FailedAck::from(&problem)).unwrap(),
            concat!(
                r#"{"ok":false,"error":{"code":"invalid_payload","#,
                r#""message":"message must be a string"}}"#
            )
        );
    }

    #[test]
    fn the_time_to_wait_is_in_whole_seconds_rounded_up() {
        for (millis, secs) in [(1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
            let problem = Problem::rate_limited("too many", Duration::from_millis(millis));
            assert_eq!(problem.message, format!("too many, try again in {secs} s"));
            let ack = serde_json::to_value(FailedAck::from(&problem)).unwrap();
            assert_eq!(ack["error"]["retryAfter"], secs);
            let exception = serde_json::to_value(Exception::of_connection(&problem)).unwrap();
            assert_eq!(exception["retryAfter"], secs);
        }
    }

    #[test]
    fn huge_payloads_are_not_sent_back() {
        let problem = Problem::new(Code::TooLarge, "too long");
        let huge = RawValue::from_string(format!("\"{}\"", "x".repeat(10_000))).unwrap();
        let exception = Exception::new(&problem, "message-from-client", Some(&huge));
        assert!(serde_json::to_string(&exception).unwrap().len() < 200);
    }
}
