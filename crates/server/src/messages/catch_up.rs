//! `catch-up`: what was said while a client was away.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::Socket;

use super::history::StoredMessage;
use super::{Conversations, Gateway, Page};
use crate::code::Code;
use crate::events::{AckError, ClientEvent, Handle, Limit, Problem};
use crate::rooms::{Access, Address, Channel};
use crate::sessions::Client;
use crate::users::User;

/// The rooms that may be asked for at once.
const MOST_ROOMS: usize = 100;

/// What is given of one room, and of all together, at most. Whoever has missed more reloads.
const MOST_MESSAGES: u32 = 500;
const MOST_BYTES: usize = 512 << 10;

/// The event `catch-up`.
pub(crate) struct CatchUp;

/// What a client knows.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct LastSeen {
    /// By the name of the room, the number of the last message that was seen there; 0 if none was.
    rooms: BTreeMap<String, u64>,
}

/// What a client has missed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Missed {
    /// By the names that were asked for.
    rooms: BTreeMap<String, MissedIn>,
}

/// What a client has missed in one room.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct MissedIn {
    /// The oldest first.
    messages: Vec<StoredMessage>,
    /// Whether this is everything. Else there are none of them here: load the newest page anew.
    complete: bool,
    /// Why nothing can be said of this room.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "AckError<'static>")]
    error: Option<Problem>,
}

impl ClientEvent for CatchUp {
    const NAME: &'static str = "catch-up";
    const ABOUT: &'static str = "Answers with what was said since the last message that the client \
        has seen, room by room, or that it must reload (`complete` is false): too much was said, it \
        is no longer there, or nothing is stored. Rooms that cannot be read have an `error`; if that \
        is so of all, it is the answer.";
    const LIMIT: Limit = Limit::Requests;
    type Payload<'a> = LastSeen;
    type Answer = Missed;
}

impl Handle for CatchUp {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        LastSeen { rooms }: LastSeen,
    ) -> Result<Missed, Problem> {
        if rooms.len() > MOST_ROOMS {
            let message = format!("rooms must be at most {MOST_ROOMS}");
            return Err(Problem::new(Code::TooLarge, message));
        }
        let user = socket.data().user();
        let conversations = gateway.conversations();
        let (mut missed, mut bytes_left) = (BTreeMap::new(), MOST_BYTES);
        for (name, seen) in rooms {
            let channel = Address::read(&name, &user, Some(socket.id())).and_then(Address::channel);
            let found = match channel {
                Ok(channel) => conversations.missed(&user, &channel, seen, bytes_left).await,
                Err(problem) => Err(problem),
            };
            let found = found
                .unwrap_or_else(|problem| MissedIn { error: Some(problem), ..MissedIn::default() });
            bytes_left = bytes_left.saturating_sub(found.bytes());
            missed.insert(name, found);
        }
        match missed.values().find_map(|room| room.error.clone()) {
            Some(problem) if missed.values().all(|room| room.error.is_some()) => Err(problem),
            _ => Ok(Missed { rooms: missed }),
        }
    }
}

impl Conversations {
    /// What was said in a channel after the last message that was seen, if that is no more than this.
    async fn missed(
        &self,
        user: &User,
        channel: &Channel,
        seen: u64,
        most_bytes: usize,
    ) -> Result<MissedIn, Problem> {
        self.check(user, channel, Access::Read).await?;
        if !self.stores(channel) {
            return Ok(MissedIn::default());
        }
        let read = async {
            // In this order: what is said in between is in the page.
            let last = self.repository().last_seq(channel).await?;
            if last == seen {
                return Ok((last, Vec::new()));
            }
            let page = Page::First { after: seen, before: None, limit: MOST_MESSAGES + 1 };
            Ok((last, self.repository().page(channel, page).await?))
        };
        let (last, messages) = read.await.map_err(crate::rooms::Denied::Unavailable)?;
        let bytes: usize = messages.iter().map(|message| message.text.len()).sum();
        let is_whole = match messages.first() {
            Some(first) => first.seq == seen.saturating_add(1) && seen <= last,
            None => last == seen,
        };
        if !is_whole || messages.len() > MOST_MESSAGES as usize || bytes > most_bytes {
            return Ok(MissedIn::default());
        }
        let messages = messages.into_iter().map(|message| StoredMessage::new(channel, message));
        Ok(MissedIn { messages: messages.collect(), complete: true, error: None })
    }
}

impl MissedIn {
    fn bytes(&self) -> usize {
        self.messages.iter().map(StoredMessage::text_bytes).sum()
    }
}
