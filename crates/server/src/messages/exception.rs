//! What a client is told when something goes wrong: Nest's `exception` event, and the ack.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::code::Code;

/// The event that carries an [`Exception`].
pub(crate) const EXCEPTION: &str = "exception";

/// The largest payload that is sent back in `cause.data`, in bytes; a larger one is left out.
const MAX_ECHO_BYTES: usize = 4 * 1024;

/// Something went wrong, in words for people and a code for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The payload of the event `exception`, in the shape that Nest gives it, and a code.
#[derive(Debug, Serialize)]
pub(crate) struct Exception<'a> {
    status: &'static str,
    message: &'a str,
    code: Code,
    cause: Cause<'a>,
}

#[derive(Debug, Serialize)]
struct Cause<'a> {
    pattern: &'a str,
    data: Option<&'a RawValue>,
}

impl<'a> Exception<'a> {
    /// For the event `pattern` that came with `data`.
    pub(crate) fn new(problem: &'a Problem, pattern: &'a str, data: Option<&'a RawValue>) -> Self {
        let data = data.filter(|data| data.get().len() <= MAX_ECHO_BYTES);
        let cause = Cause { pattern, data };
        Self { status: "error", message: &problem.message, code: problem.code, cause }
    }

    /// For the connection as a whole.
    pub(crate) fn of_connection(problem: &'a Problem) -> Self {
        Self::new(problem, "connection", None)
    }
}

/// The ack of an event that was not done.
#[derive(Debug, Serialize)]
pub(crate) struct FailedAck<'a> {
    ok: bool,
    error: AckError<'a>,
}

#[derive(Debug, Serialize)]
struct AckError<'a> {
    code: Code,
    message: &'a str,
}

impl<'a> From<&'a Problem> for FailedAck<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self { ok: false, error: AckError { code: problem.code, message: &problem.message } }
    }
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
    fn huge_payloads_are_not_sent_back() {
        let problem = Problem::new(Code::TooLarge, "too long");
        let huge = RawValue::from_string(format!("\"{}\"", "x".repeat(10_000))).unwrap();
        let exception = Exception::new(&problem, "message-from-client", Some(&huge));
        assert!(serde_json::to_string(&exception).unwrap().len() < 200);
    }
}
