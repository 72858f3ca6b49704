//! What was said in a channel, page by page: the same for sockets and requests.

use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Conversations, Message, Page};
use crate::clock::rfc3339;
use crate::rooms::{Access, Channel, Denied};
use crate::users::User;

/// How many messages a page has when it is not said.
pub(super) const USUAL: u32 = 50;

/// The most that a page has.
pub(super) const MOST: u32 = 100;

/// The most bytes that a page takes on the wire, about; it is shorter then.
const MOST_BYTES: usize = 256 << 10;

/// What a message takes on the wire beside its text.
const BYTES_BESIDE_TEXT: usize = 300;

/// Which part of what was said is wanted. The numbers are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) before: Option<u64>,
    pub(super) after: Option<u64>,
    pub(super) limit: u32,
}

/// Some of what was said in a channel.
#[derive(Debug, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "History")]
#[schema(as = History)]
pub(crate) struct History {
    /// The oldest first.
    messages: Vec<StoredMessage>,
    /// Whether there are more: newer ones if `after` was given, else older ones.
    has_more: bool,
}

/// Something that was said.
#[derive(Debug, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredMessage {
    #[schema(format = "uuid")]
    id: String,
    /// Its number in the room.
    seq: u64,
    room: String,
    #[schema(format = "uuid")]
    user_id: String,
    /// The name of the user as it is now; empty if they are gone.
    full_name: String,
    message: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    sent_at: String,
}

impl StoredMessage {
    pub(super) fn new(channel: &Channel, message: Message) -> Self {
        Self {
            id: message.id.to_string(),
            seq: message.seq,
            room: channel.name().into_owned(),
            user_id: message.user.to_string(),
            full_name: message.full_name,
            message: message.text,
            sent_at: rfc3339(message.sent_at_millis),
        }
    }
}

impl Conversations {
    /// A part of what was said in a channel, if the user may read it.
    pub(super) async fn history(
        &self,
        user: &User,
        channel: &Channel,
        part: Part,
    ) -> Result<History, Denied> {
        self.check(user, channel, Access::Read).await?;
        let limit = part.limit + 1;
        let page = match part {
            Part { after: Some(after), before, .. } => Page::First { after, before, limit },
            Part { after: None, before, .. } => Page::Last { before, limit },
        };
        let mut messages = self.repository().page(channel, page).await?;
        let has_more = match page {
            Page::First { .. } => cut(&mut messages, part.limit),
            Page::Last { .. } => {
                messages.reverse();
                let has_more = cut(&mut messages, part.limit);
                messages.reverse();
                has_more
            }
        };
        let messages = messages.into_iter().map(|message| StoredMessage::new(channel, message));
        Ok(History { messages: messages.collect(), has_more })
    }
}

/// What a message takes on the wire, about: with what JSON writes instead of some characters.
pub(super) fn wire_bytes(message: &Message) -> usize {
    let escaped = message.text.bytes().map(|byte| match byte {
        0..=0x1f => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    });
    BYTES_BESIDE_TEXT + escaped.sum::<usize>()
}

/// Leaves the first ones, as many as a page may have. Says whether others had to go.
fn cut(messages: &mut Vec<Message>, limit: u32) -> bool {
    let all = messages.len();
    let mut bytes = 0;
    let fitting = messages.iter().take(limit as usize).take_while(|message| {
        let is_first = bytes == 0;
        bytes += wire_bytes(message);
        is_first || bytes <= MOST_BYTES
    });
    let fitting = fitting.count();
    messages.truncate(fitting);
    fitting < all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;
    use crate::users::UserId;

    fn messages(texts: &[usize]) -> Vec<Message> {
        let sources = Sources::system();
        let message = |(at, bytes): (usize, &usize)| Message {
            id: sources.timed_id(),
            seq: at as u64 + 1,
            user: UserId::new(sources.random_id()),
            full_name: String::new(),
            text: "x".repeat(*bytes),
            sent_at_millis: 0,
        };
        texts.iter().enumerate().map(message).collect()
    }

    fn cut_to(texts: &[usize], limit: u32) -> (usize, bool) {
        let mut messages = messages(texts);
        let has_more = cut(&mut messages, limit);
        (messages.len(), has_more)
    }

    #[test]
    fn a_page_has_so_many_messages_and_bytes_and_at_least_one() {
        assert_eq!(cut_to(&[], 2), (0, false));
        assert_eq!(cut_to(&[1, 1], 2), (2, false));
        assert_eq!(cut_to(&[1, 1, 1], 2), (2, true));
        let nearly_all = MOST_BYTES - 2 * BYTES_BESIDE_TEXT - 1;
        assert_eq!(cut_to(&[nearly_all, 1, 1], 5), (2, true));
        assert_eq!(cut_to(&[MOST_BYTES + 1, 1], 5), (1, true));
    }
}
