//! `message-from-server`: something was said. Whom it reaches, and what it looks like.

use schemars::JsonSchema;
use serde::Serialize;
use socketio::{NamespaceRef, Operator};
use uuid::Uuid;

use crate::events::ServerEvent;
use crate::rooms::{Channel, room_of, user_room};
use crate::users::UserId;

/// What the metadata of a message take, in bytes, beside names and text.
const METADATA_BYTES: usize = 384;

/// The event `message-from-server`.
pub(crate) struct MessageFromServer;

impl ServerEvent for MessageFromServer {
    const NAME: &'static str = "message-from-server";
    const ABOUT: &'static str = "Something was said.";
    const TO: &'static str = "the room, the sender included; of what is said to one person, all \
        connections of both";
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
    /// There, and true, if it was said to one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    direct: Option<bool>,
    /// The id of that person.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_as_text")]
    #[schemars(with = "String")]
    to: Option<UserId>,
}

/// Something that was said and has got its number.
pub(super) struct Announcement<'a> {
    pub(super) channel: &'a Channel,
    pub(super) id: Uuid,
    pub(super) seq: u64,
    pub(super) user: UserId,
    pub(super) full_name: &'a str,
    pub(super) text: &'a str,
    pub(super) sent_at: &'a str,
}

/// The bytes that an announcement takes in the server's queue, about.
pub(super) fn announcement_bytes(full_name: &str, text: &str) -> usize {
    full_name.len() + text.len() + METADATA_BYTES
}

impl Announcement<'_> {
    /// Tells it to everyone whom it concerns. Does not wait: the share was reserved.
    pub(super) fn tell(&self, namespace: &NamespaceRef, share: socketio::Share) {
        let room = self.channel.name();
        let to = match self.channel {
            Channel::Direct(pair) => Some(pair.other(self.user)),
            Channel::Lobby | Channel::Named(_) => None,
        };
        let body = ChatMessage { full_name: self.full_name, message: self.text };
        let meta = MessageMeta {
            id: self.id,
            seq: self.seq,
            room: &room,
            user_id: self.user,
            sent_at: self.sent_at,
            direct: to.map(|_| true),
            to,
        };
        let told = everyone_in(self.channel, namespace.broadcast());
        if let Err(error) = told.emit_reserved(share, MessageFromServer::NAME, &(body, meta)) {
            tracing::error!(%error, "a message cannot be encoded");
        }
    }
}

/// Of those whom an operator addresses, the ones in a channel.
pub(super) fn everyone_in(channel: &Channel, operator: Operator) -> Operator {
    match channel {
        Channel::Lobby => operator,
        Channel::Named(room) => operator.to(room_of(room)),
        Channel::Direct(pair) => {
            pair.both().into_iter().fold(operator, |to, user| to.to(user_room(user)))
        }
    }
}

pub(super) fn as_text<S: serde::Serializer>(
    user: &UserId,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn maybe_as_text<S: serde::Serializer>(
    user: &Option<UserId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match user {
        Some(user) => as_text(user, serializer),
        None => serializer.serialize_none(),
    }
}
