//! `catch-up`: what was said while a client was away.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::{Socket, SocketId};

use super::history::{StoredMessage, wire_bytes};
use super::{Conversations, Gateway, Page};
use crate::code::Code;
use crate::database::StorageError;
use crate::events::{AckError, ClientEvent, Handle, Limit, Problem};
use crate::rooms::{Access, Address, Channel, Denied};
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
        is no longer there, or nothing is stored. Rooms that cannot be read have an `error`; if it is \
        the same of all, it is the answer.";
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
        let (mut missed, mut readable) = (BTreeMap::new(), Vec::new());
        for (name, seen) in rooms {
            match conversations.readable(&user, &name, socket.id()).await {
                Ok(channel) => readable.push((name, seen, channel)),
                Err(problem) => {
                    missed.insert(name, MissedIn { error: Some(problem), ..MissedIn::default() });
                }
            }
        }
        // In this order: what is said in between is in the pages.
        let channels: Vec<_> = readable.iter().map(|(.., channel)| channel.clone()).collect();
        let last_seqs = conversations.last_seqs(&channels).await.map_err(Denied::Unavailable)?;
        let mut bytes_left = MOST_BYTES;
        for ((name, seen, channel), last) in readable.into_iter().zip(last_seqs) {
            let found = conversations.missed(&channel, seen, last, &mut bytes_left).await;
            missed.insert(name, found.map_err(Denied::Unavailable)?);
        }
        match the_one_problem(&missed) {
            Some(problem) => Err(problem.clone()),
            None => Ok(Missed { rooms: missed }),
        }
    }
}

/// What is wrong with all rooms alike, if there are any and it is so.
fn the_one_problem(missed: &BTreeMap<String, MissedIn>) -> Option<&Problem> {
    let problem = missed.values().next()?.error.as_ref()?;
    let is_the_same = |room: &MissedIn| room.error.as_ref().is_some_and(|e| e.code == problem.code);
    missed.values().all(is_the_same).then_some(problem)
}

impl Conversations {
    /// The channel that a user means by a name, if they may read it.
    async fn readable(
        &self,
        user: &User,
        name: &str,
        socket: &SocketId,
    ) -> Result<Channel, Problem> {
        let channel = Address::read(name, user, Some(socket))?.channel()?;
        self.check(user, &channel, Access::Read).await?;
        Ok(channel)
    }

    /// What was said in a channel after the last message that was seen, up to the last one of all, if
    /// that is no more than may be given, and than what is left of the bytes, from which it is taken.
    async fn missed(
        &self,
        channel: &Channel,
        seen: u64,
        last: u64,
        bytes_left: &mut usize,
    ) -> Result<MissedIn, StorageError> {
        let missed = last.checked_sub(seen).filter(|missed| *missed <= MOST_MESSAGES.into());
        match missed {
            Some(_) if !self.stores(channel) => return Ok(MissedIn::default()),
            Some(0) => return Ok(MissedIn { complete: true, ..MissedIn::default() }),
            Some(_) if *bytes_left > 0 => {}
            _ => return Ok(MissedIn::default()),
        }
        // What is more than the last one by now comes to the client by itself as well.
        let page = Page::First { after: seen, before: None, limit: MOST_MESSAGES };
        let messages = self.repository().page(channel, page).await?;
        let bytes: usize = messages.iter().map(wire_bytes).sum();
        let is_whole = messages.first().is_some_and(|first| first.seq == seen + 1);
        if !is_whole || bytes > *bytes_left {
            return Ok(MissedIn::default());
        }
        *bytes_left -= bytes;
        let messages = messages.into_iter().map(|message| StoredMessage::new(channel, message));
        Ok(MissedIn { messages: messages.collect(), complete: true, error: None })
    }
}

#[cfg(test)]
mod tests;
