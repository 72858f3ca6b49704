//! The room that everyone shares: numbers messages and carries them to everyone, in one order.

use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use socketio::Socket;
use uuid::Uuid;

use super::message_from_client::Published;
use crate::clock::{Sources, rfc3339};
use crate::code::Code;
use crate::events::{Problem, ServerEvent, Text};
use crate::sessions::Client;
use crate::users::UserId;

/// Its name.
pub(crate) const LOBBY: &str = "lobby";

/// What the metadata of a message take, in bytes, beside names and text.
const METADATA_BYTES: usize = 256;

/// The room of everyone. Its sequence starts at 1 with each process.
#[derive(Debug)]
pub(crate) struct Lobby {
    last_seq: Mutex<u64>,
    sources: Sources,
}

/// The event `message-from-server`.
pub(crate) struct MessageFromServer;

impl ServerEvent for MessageFromServer {
    const NAME: &'static str = "message-from-server";
    const ABOUT: &'static str = "Something was said.";
    const TO: &'static str = "everyone, the sender included";
    const NAMES: &'static [&'static str] = &["message", "meta"];
    type Arguments = (ChatMessage<'static>, MessageMeta<'static>);
}

/// What was said, and by whom: exactly what the original sends.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatMessage<'a> {
    full_name: &'a str,
    message: &'a str,
}

/// What else there is to know about a message. Clients of the original ignore it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageMeta<'a> {
    #[schemars(with = "String")]
    id: Uuid,
    /// Its number in the room. The numbers begin at 1 and have no gaps.
    seq: u64,
    room: &'a str,
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    user_id: UserId,
    /// RFC 3339, in UTC.
    sent_at: &'a str,
}

/// The name of a room, as clients give it.
pub(super) type RoomText<'a> = Text<'a, 1, 64>;

/// Whether there is the room that a client names; without a name it is the lobby.
pub(super) fn check_room(room: Option<&RoomText<'_>>) -> Result<(), Problem> {
    match room {
        Some(room) if room.as_str() != LOBBY => {
            Err(Problem::new(Code::NotFound, "there is no such room"))
        }
        _ => Ok(()),
    }
}

impl Lobby {
    pub(crate) fn new(sources: Sources) -> Self {
        Self { last_seq: Mutex::new(0), sources }
    }

    /// Carries a message to everyone, its sender included. Waits while the server's queue is
    /// full; then it gets its number and is handed to the broadcast, in one step.
    pub(crate) async fn publish(
        &self,
        sender: &Socket<Client>,
        text: &str,
    ) -> Result<Published, Problem> {
        let user = sender.data().user();
        let full_name = user.full_name.as_str();
        let share = sender.namespace().reserve(text.len() + full_name.len() + METADATA_BYTES).await;
        let (id, now) = (self.sources.timed_id(), self.sources.now_millis());
        let sent_at = rfc3339(now);

        let mut last_seq = self.last_seq.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = *last_seq + 1;
        let body = ChatMessage { full_name, message: text };
        let metadata = MessageMeta { id, seq, room: LOBBY, user_id: user.id, sent_at: &sent_at };
        sender
            .namespace()
            .broadcast()
            .emit_reserved(share, MessageFromServer::NAME, &(body, metadata))
            .map_err(|error| {
                tracing::error!(%error, "a message cannot be encoded");
                Problem::new(Code::Internal, "Internal server error")
            })?;
        *last_seq = seq;
        drop(last_seq);
        Ok(Published { id, seq, room: LOBBY, sent_at })
    }
}

pub(super) fn as_text<S: serde::Serializer>(
    user: &UserId,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}
