//! `message-from-client`: something is said to everyone (contract §1.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::Socket;
use uuid::Uuid;

use super::Gateway;
use super::lobby::{RoomText, check_room};
use crate::code::Code;
use crate::events::{ClientEvent, Limit, Problem, Text};
use crate::sessions::Client;

/// What is said when nothing was said.
const NO_MESSAGE: &str = "no hay mensaje";

/// The event `message-from-client`.
pub(crate) struct MessageFromClient;

/// What is said, and where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewMessage")]
pub(crate) struct NewMessage<'a> {
    /// The text, at most as long as the setting `messages.max_length` says (4,000 characters, if it
    /// says nothing else). Missing, null or empty, it is `no hay mensaje`.
    #[serde(borrow, default)]
    message: Option<Text<'a>>,
    /// Where it is said: `lobby`, which it is without one too.
    #[serde(borrow, default)]
    room: Option<RoomText<'a>>,
    /// What the client calls it.
    #[serde(borrow, default)]
    #[expect(dead_code, reason = "what it is for comes with stored messages")]
    client_msg_id: Option<Text<'a, 1, 64>>,
}

/// A message as it was published.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MessageAck")]
pub(crate) struct Published {
    #[schemars(with = "String")]
    pub(super) id: Uuid,
    /// Its number in the room. The numbers begin at 1 and have no gaps.
    pub(super) seq: u64,
    pub(super) room: &'static str,
    /// RFC 3339, in UTC.
    pub(super) sent_at: String,
}

impl ClientEvent for MessageFromClient {
    const NAME: &'static str = "message-from-client";
    const ABOUT: &'static str = "Says something. The message reaches everyone, its sender \
        included. A payload that is neither an object nor null counts as an object without a \
        message, as in the original.";
    const LIMIT: Limit = Limit::Messages;
    type Payload<'a> = NewMessage<'a>;
    type Answer = Published;

    fn without_object<'a>(argument: Option<&str>) -> Result<NewMessage<'a>, Problem> {
        match argument {
            Some(_) => Ok(NewMessage::default()),
            None => Err(Problem::invalid("the payload must be an object with a message")),
        }
    }

    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        message: NewMessage<'a>,
    ) -> Result<Published, Problem> {
        let text = message.text(gateway.max_message_chars())?;
        gateway.lobby().publish(socket, text).await
    }
}

impl NewMessage<'_> {
    /// What is to be said.
    fn text(&self, max_chars: usize) -> Result<&str, Problem> {
        check_room(self.room.as_ref())?;
        match &self.message {
            Some(text) if text.is_longer_than(max_chars) => {
                let message = format!("message must be at most {max_chars} characters long");
                Err(Problem::new(Code::TooLarge, message))
            }
            Some(text) if !text.as_str().is_empty() => Ok(text.as_str()),
            _ => Ok(NO_MESSAGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::events::payload_of;

    fn parse(json: &str) -> Result<String, (Code, String)> {
        payload_of::<MessageFromClient>(json)
            .and_then(|message| message.text(10).map(str::to_owned))
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
        assert_eq!(parse(r#"{"message":"first"}, {"message":5}, 6"#).unwrap(), "first");
        let nothing = [
            "{}",
            r#"{"message":""}"#,
            r#"{"message":null}"#,
            r#""hola""#,
            r#"["hola"]"#,
            "5",
            "true",
        ];
        for nothing in nothing {
            assert_eq!(parse(nothing).unwrap(), NO_MESSAGE, "{nothing}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_explained() {
        for (json, code, message) in [
            ("", Code::InvalidPayload, "the payload must be an object with a message"),
            ("null", Code::InvalidPayload, "the payload must be an object with a message"),
            ("null,5", Code::InvalidPayload, "the payload must be an object with a message"),
            (r#"{"message":5}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":{"a":1}}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":false}"#, Code::InvalidPayload, "message must be a string"),
            (r#"{"message":"\ud800"}"#, Code::InvalidPayload, "message must be valid Unicode"),
            (r#"{"room":1}"#, Code::InvalidPayload, "room must be a string"),
            (r#"{"room":""}"#, Code::InvalidPayload, "room must be 1 to 64 characters long"),
            (r#"{"room":"ventas"}"#, Code::NotFound, "there is no such room"),
            (
                r#"{"clientMsgId":""}"#,
                Code::InvalidPayload,
                "clientMsgId must be 1 to 64 characters long",
            ),
            (
                r#"{"message":"12345678901"}"#,
                Code::TooLarge,
                "message must be at most 10 characters long",
            ),
        ] {
            assert_eq!(parse(json), Err((code, message.to_owned())), "{json}");
        }
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

        /// Whatever JSON comes, one of the three happens, and nothing else.
        #[test]
        fn a_payload_is_said_or_explained(json in r#"[{}\[\]":,a-z0-9\\ ]{0,40}"#) {
            if serde_json::from_str::<serde_json::Value>(&json).is_ok() {
                match parse(&json) {
                    Ok(text) => prop_assert!(!text.is_empty()),
                    Err((code, message)) => {
                        prop_assert!(matches!(
                            code,
                            Code::InvalidPayload | Code::TooLarge | Code::NotFound
                        ));
                        prop_assert!(!message.is_empty());
                    }
                }
            }
        }
    }
}
