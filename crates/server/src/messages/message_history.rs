//! `message-history`: what was said before.

use schemars::JsonSchema;
use serde::Deserialize;
use socketio::Socket;

use super::Gateway;
use super::history::{History, MOST, Part, USUAL};
use crate::events::{ClientEvent, Handle, Limit, Problem};
use crate::rooms::{RoomText, channel};
use crate::sessions::Client;

/// The event `message-history`.
pub(crate) struct MessageHistory;

/// Which part of what was said is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "HistoryPart")]
pub(crate) struct HistoryPart<'a> {
    /// `lobby`, which it is without one too.
    #[serde(borrow, default)]
    room: Option<RoomText<'a>>,
    /// Only messages with lower numbers.
    #[serde(default)]
    before: Option<u64>,
    /// Only messages with higher numbers, the first of them. Without it, the last ones.
    #[serde(default)]
    after: Option<u64>,
    /// How many at most; 50, if it is not said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

impl ClientEvent for MessageHistory {
    const NAME: &'static str = "message-history";
    const ABOUT: &'static str = "Answers with messages that are stored, the oldest first: without \
        `after` the newest ones. Those of a large page are fewer than asked for: `hasMore` says so.";
    const LIMIT: Limit = Limit::Requests;
    type Payload<'a> = HistoryPart<'a>;
    type Answer = History;
}

impl Handle for MessageHistory {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        HistoryPart { room, before, after, limit }: HistoryPart<'a>,
    ) -> Result<History, Problem> {
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::invalid(format!("limit must be 1 to {MOST}")));
        }
        let user = socket.data().user();
        let channel = channel(room.as_ref(), &user, Some(socket.id()))?;
        let part = Part { before, after, limit };
        Ok(gateway.conversations().history(&user, &channel, part).await?)
    }
}
