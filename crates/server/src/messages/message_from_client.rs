//! `message-from-client`: something is said in a room (contract §1.1).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use socketio::{Socket, SocketId};

use super::Gateway;
use super::direct_message::Named;
use super::said::{ClientMsgId, Published, Said, check_client_msg_id, check_text};
use crate::events::{ClientEvent, HandOver, Limit, Problem, Reply, Text};
use crate::rooms::{Channel, RoomText, channel};
use crate::sessions::Client;
use crate::users::User;

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
    /// Where it is said: a room that the user has joined, what two people have among themselves, or
    /// `lobby`, which it is without one too.
    #[serde(borrow, default)]
    room: Option<RoomText<'a>>,
    /// What the client calls it: unique among the messages of the user. A message of the same name is
    /// not said twice.
    #[serde(borrow, default)]
    client_msg_id: Option<ClientMsgId<'a>>,
}

impl ClientEvent for MessageFromClient {
    const NAME: &'static str = "message-from-client";
    const ABOUT: &'static str = "Says something. The message reaches everyone in the room, its sender \
        included, and is answered when it is stored. If it cannot be stored for the moment, one with \
        a `clientMsgId` is not answered, so that a client with `retries` sends it again; one without \
        is answered with `unavailable`. A payload that is neither an object nor null counts as an \
        object without a message, as in the original.";
    const LIMIT: Limit = Limit::Messages;
    type Payload<'a> = NewMessage<'a>;
    type Answer = Published;

    fn without_object<'a>(argument: Option<&str>) -> Result<NewMessage<'a>, Problem> {
        match argument {
            Some(_) => Ok(NewMessage::default()),
            None => Err(Problem::invalid("the payload must be an object with a message")),
        }
    }
}

impl HandOver for MessageFromClient {
    fn comes_again(message: &NewMessage<'_>) -> bool {
        message.client_msg_id.is_some()
    }

    async fn hand_over<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        message: NewMessage<'a>,
        reply: Reply<Published>,
    ) -> Result<(), (Problem, Reply<Published>)> {
        let sender = socket.data().user();
        let said = message.said(sender, socket.id(), gateway.max_message_chars());
        match check_receiver(gateway, said).await {
            Ok(said) => gateway.conversations().publish(said, reply).await,
            Err(problem) => Err((problem, reply)),
        }
    }
}

/// What is said between two people is said to somebody whom there is.
async fn check_receiver(gateway: &Gateway, said: Result<Said, Problem>) -> Result<Said, Problem> {
    let said = said?;
    if let Channel::Direct(pair) = said.channel
        && pair.contains(said.sender.id)
    {
        gateway.find(Named::Id(pair.other(said.sender.id))).await?;
    }
    Ok(said)
}

impl NewMessage<'_> {
    /// What is to be said, and where.
    fn said(self, sender: Arc<User>, socket: &SocketId, max_chars: usize) -> Result<Said, Problem> {
        let text = self.text(max_chars)?.to_owned();
        let channel = channel(self.room.as_ref(), &sender, Some(socket))?;
        let client_msg_id = check_client_msg_id(self.client_msg_id)?;
        Ok(Said { channel, sender, text, client_msg_id })
    }

    fn text(&self, max_chars: usize) -> Result<&str, Problem> {
        match &self.message {
            Some(text) if !text.as_str().is_empty() => {
                check_text(text, max_chars)?;
                Ok(text.as_str())
            }
            _ => Ok(NO_MESSAGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code::Code;
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
            (r#"{"room":""}"#, Code::InvalidPayload, "room must be 1 to 256 characters long"),
            (
                r#"{"message":"a\u0000"}"#,
                Code::InvalidPayload,
                "message must not have a character U+0000",
            ),
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
        fn every_text_comes_through_as_it_is(text in "[^\\x00]{1,10}") {
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
