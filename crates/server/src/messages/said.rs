//! Something that a client says: what is common to all ways of saying it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::Original;
use crate::clock::rfc3339;
use crate::code::Code;
use crate::events::{Problem, Text};
use crate::rooms::Channel;
use crate::users::User;

/// What a client calls a message, so that it can be sent again without being said twice.
pub(super) type ClientMsgId<'a> = Text<'a, 1, 64>;

/// Something that is to be said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) channel: Channel,
    pub(super) sender: Arc<User>,
    pub(super) text: String,
    pub(super) client_msg_id: Option<String>,
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
    pub(super) room: String,
    /// RFC 3339, in UTC.
    pub(super) sent_at: String,
    /// There, and true, if a message of the same `clientMsgId` had been sent before: this is what
    /// became of that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub(super) duplicate: Option<bool>,
}

impl From<Original> for Published {
    fn from(Original { id, channel, seq, sent_at_millis }: Original) -> Self {
        let room = channel.name().into_owned();
        Self { id, seq, room, sent_at: rfc3339(sent_at_millis), duplicate: Some(true) }
    }
}

/// Whether a text may be said.
pub(super) fn check_text<const MIN: usize>(
    text: &Text<'_, MIN>,
    max_chars: usize,
) -> Result<(), Problem> {
    if text.is_longer_than(max_chars) {
        let message = format!("message must be at most {max_chars} characters long");
        return Err(Problem::new(Code::TooLarge, message));
    }
    // PostgreSQL cannot keep it.
    if text.as_str().contains('\0') {
        return Err(Problem::invalid("message must not have a character U+0000"));
    }
    Ok(())
}

/// What a client calls a message, if it may.
pub(super) fn check_client_msg_id(
    client_msg_id: Option<ClientMsgId<'_>>,
) -> Result<Option<String>, Problem> {
    match client_msg_id {
        Some(id) if id.as_str().contains('\0') => {
            Err(Problem::invalid("clientMsgId must not have a character U+0000"))
        }
        id => Ok(id.map(|id| id.as_str().to_owned())),
    }
}
