//! The room that everyone shares: numbers messages and carries them to everyone, in one order.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use socketio::Socket;
use uuid::Uuid;

use super::exception::Problem;
use super::incoming::LOBBY;
use crate::clock::{Sources, rfc3339};
use crate::code::Code;
use crate::sessions::Client;
use crate::users::UserId;

/// The event that carries a message.
const MESSAGE_FROM_SERVER: &str = "message-from-server";

/// What the metadata of a message take, in bytes, beside names and text.
const METADATA_BYTES: usize = 256;

/// The room of everyone. Its sequence starts at 1 with each process.
#[derive(Debug)]
pub(crate) struct Lobby {
    last_seq: Mutex<u64>,
    sources: Sources,
}

/// A message as it was published: the ack of whoever sent it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Published {
    ok: bool,
    id: Uuid,
    seq: u64,
    room: &'static str,
    sent_at: String,
}

/// The first argument: exactly what the original sends.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    full_name: &'a str,
    message: &'a str,
}

/// The second argument, which clients of the original ignore.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    id: Uuid,
    seq: u64,
    room: &'a str,
    #[serde(serialize_with = "as_text")]
    user_id: UserId,
    sent_at: &'a str,
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
        let body = Body { full_name, message: text };
        let metadata = Metadata { id, seq, room: LOBBY, user_id: user.id, sent_at: &sent_at };
        sender
            .namespace()
            .broadcast()
            .emit_reserved(share, MESSAGE_FROM_SERVER, &(body, metadata))
            .map_err(|error| {
                tracing::error!(%error, "a message cannot be encoded");
                Problem::new(Code::Internal, "Internal server error")
            })?;
        *last_seq = seq;
        drop(last_seq);
        Ok(Published { ok: true, id, seq, room: LOBBY, sent_at })
    }
}

fn as_text<S: serde::Serializer>(user: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}
