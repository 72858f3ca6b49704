//! What `message-from-client` may carry (contract §1.1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::exception::Problem;
use crate::code::Code;

/// What is said when nothing was said.
pub(crate) const NO_MESSAGE: &str = "no hay mensaje";

/// The room that everyone shares.
pub(crate) const LOBBY: &str = "lobby";

/// The longest `clientMsgId`, in bytes.
const MAX_CLIENT_MSG_ID_BYTES: usize = 64;

/// A message that may be published.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IncomingMessage<'a> {
    pub(crate) text: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    room: Option<&'a RawValue>,
    #[serde(borrow, default)]
    client_msg_id: Option<&'a RawValue>,
}

impl<'a> IncomingMessage<'a> {
    /// Reads the first argument of the event. Of an object, `message` counts, and a missing or
    /// empty one is [`NO_MESSAGE`], as it is for any payload that is no object: the original
    /// looked for the property `message` of whatever came.
    pub(crate) fn parse(payload: Option<&'a RawValue>, max_chars: usize) -> Result<Self, Problem> {
        let payload = payload.map_or("null", RawValue::get);
        if payload == "null" {
            return Err(invalid("the payload must be an object with a message"));
        }
        if !payload.starts_with('{') {
            return Ok(Self { text: Cow::Borrowed(NO_MESSAGE) });
        }
        let fields: Fields<'_> =
            serde_json::from_str(payload).map_err(|_| invalid("the payload has a key twice"))?;
        check_room(fields.room)?;
        check_client_msg_id(fields.client_msg_id)?;
        let text = text("message", fields.message)?.unwrap_or_default();
        if text.is_empty() {
            return Ok(Self { text: Cow::Borrowed(NO_MESSAGE) });
        }
        if text.len() > max_chars && text.chars().count() > max_chars {
            let message = format!("message must be at most {max_chars} characters long");
            return Err(Problem::new(Code::TooLarge, message));
        }
        Ok(Self { text })
    }
}

fn check_room(room: Option<&RawValue>) -> Result<(), Problem> {
    match text("room", room)?.as_deref() {
        None | Some(LOBBY) => Ok(()),
        Some(_) => Err(Problem::new(Code::NotFound, "there is no such room")),
    }
}

fn check_client_msg_id(id: Option<&RawValue>) -> Result<(), Problem> {
    match text("clientMsgId", id)? {
        Some(id) if id.is_empty() || id.len() > MAX_CLIENT_MSG_ID_BYTES => {
            Err(invalid(&format!("clientMsgId must be 1 to {MAX_CLIENT_MSG_ID_BYTES} bytes long")))
        }
        _ => Ok(()),
    }
}

/// A property that must be a string if it is there at all; `null` counts as not there.
fn text<'a>(name: &str, value: Option<&'a RawValue>) -> Result<Option<Cow<'a, str>>, Problem> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    match value.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(json) if json.starts_with('"') => serde_json::from_str::<Text<'a>>(json)
            .map(|Text(text)| Some(text))
            .map_err(|_| invalid(&format!("{name} must be valid Unicode"))),
        Some(_) => Err(invalid(&format!("{name} must be a string"))),
    }
}

fn invalid(message: &str) -> Problem {
    Problem::new(Code::InvalidPayload, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(json: &str) -> Result<String, (Code, String)> {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        IncomingMessage::parse(Some(&raw), 10)
            .map(|message| message.text.into_owned())
            .map_err(|problem| (problem.code, problem.message))
    }

    #[test]
    fn what_the_original_broadcast_is_broadcast() {
        assert_eq!(parse(r#"{"id":"YO!","message":"hola"}"#).unwrap(), "hola");
        assert_eq!(parse(r#"{"message":"\u00a1hola! <b>"}"#).unwrap(), "¡hola! <b>");
        assert_eq!(
            parse(r#"{"message":"hola","room":"lobby","clientMsgId":"1"}"#).unwrap(),
            "hola"
        );
        for nothing in [r"{}", r#"{"message":""}"#, r#"{"message":null}"#, r#""hola""#, "[1]", "5"]
        {
            assert_eq!(parse(nothing).unwrap(), NO_MESSAGE, "{nothing}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_explained() {
        for (json, code, message) in [
            ("null", Code::InvalidPayload, "the payload must be an object with a message"),
            (r#"{"message":5}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":{"a":1}}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":false}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":"\ud800"}"#, Code::InvalidPayload, "message must be valid Unicode"),
            (r#"{"room":1}"#, Code::InvalidPayload, "room must be a string"),
            (r#"{"room":"ventas"}"#, Code::NotFound, "there is no such room"),
            (
                r#"{"clientMsgId":""}"#,
                Code::InvalidPayload,
                "clientMsgId must be 1 to 64 bytes long",
            ),
            (
                r#"{"message":"12345678901"}"#,
                Code::TooLarge,
                "message must be at most 10 characters long",
            ),
        ] {
            assert_eq!(parse(json), Err((code, message.to_owned())), "{json}");
        }
        assert_eq!(IncomingMessage::parse(None, 10).unwrap_err().code, Code::InvalidPayload);
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(parse(r#"{"message":"ññññññññññ"}"#).unwrap(), "ñ".repeat(10));
    }

    proptest! {
        #[test]
        fn every_text_comes_through_as_it_is(text in ".{1,10}") {
            let json = serde_json::json!({ "message": text }).to_string();
            prop_assert_eq!(parse(&json).unwrap(), text);
        }
    }
}
