//! `typing`: someone is writing something.

use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::Socket;

use super::Gateway;
use super::message_from_server::everyone_in;
use crate::code::Code;
use crate::config::Rate;
use crate::events::{ClientEvent, Handle, Limit, Nothing, Problem, ServerEvent};
use crate::rooms::{Access, RoomText, channel};
use crate::sessions::Client;
use crate::users::UserId;

/// The notices that reach the others in a room. Of more, nobody could read who it is that types, and
/// each costs as much as a message.
pub(super) const NOTICES_PER_ROOM: Rate =
    Rate { count: NonZeroU32::new(20).unwrap(), period: Duration::from_secs(1) };

/// The event `typing` of clients.
pub(crate) struct Typing;

/// Where someone is writing.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TypingIn")]
pub(crate) struct TypingIn<'a> {
    /// `lobby`, which it is without one too.
    #[serde(borrow, default)]
    room: Option<RoomText<'a>>,
}

impl ClientEvent for Typing {
    const NAME: &'static str = "typing";
    const ABOUT: &'static str = "Tells the others in the room that the sender is writing something. \
        To be sent again every few seconds, as long as that is so.";
    const LIMIT: Limit = Limit::Typing;
    type Payload<'a> = TypingIn<'a>;
    type Answer = Nothing;
}

impl Handle for Typing {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        typing: TypingIn<'a>,
    ) -> Result<Nothing, Problem> {
        let user = socket.data().user();
        let channel = channel(typing.room.as_ref(), &user, Some(socket.id()))?;
        gateway.conversations().check(&user, &channel, Access::Post).await?;
        let room = channel.name();
        if gateway.takes_notice_in(&room) {
            let notice =
                SomeoneTypes { user_id: user.id, full_name: user.full_name.as_str(), room: &room };
            let others = everyone_in(&channel, socket.broadcast().volatile());
            others.emit(SomeoneTyping::NAME, &notice).await.map_err(|error| {
                tracing::error!(%error, "a notice cannot be encoded");
                Problem::new(Code::Internal, "Internal server error")
            })?;
        }
        Ok(Nothing {})
    }
}

/// The event `typing` of the server.
pub(crate) struct SomeoneTyping;

impl ServerEvent for SomeoneTyping {
    const NAME: &'static str = "typing";
    const ABOUT: &'static str = "Someone is writing something. Nothing says that they have stopped: \
        forget it after some seconds, or when their message arrives. It may be lost on the way.";
    const TO: &'static str = "the others in the room";
    const NAMES: &'static [&'static str] = &["notice"];
    type Arguments = (SomeoneTypes<'static>,);
}

/// Who is writing, and where.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TypingNotice")]
pub(crate) struct SomeoneTypes<'a> {
    #[serde(serialize_with = "super::message_from_server::as_text")]
    #[schemars(with = "String")]
    user_id: UserId,
    full_name: &'a str,
    room: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::payload_of;

    #[test]
    fn a_notice_needs_no_payload() {
        for json in ["", "null", "{}", r#"{"room":"lobby"}"#, r#"{"room":null}"#] {
            payload_of::<Typing>(json).unwrap();
        }
    }

    #[test]
    fn what_is_no_notice_is_explained() {
        for (json, expected) in [
            (r#""lobby""#, "the payload must be an object"),
            ("[]", "the payload must be an object"),
            (r#"{"room":7}"#, "room must be a string"),
        ] {
            assert_eq!(payload_of::<Typing>(json).unwrap_err().message, expected, "{json}");
        }
    }
}
