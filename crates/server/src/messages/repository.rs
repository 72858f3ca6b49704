//! The contract of whatever keeps messages.

use std::collections::HashMap;

use async_trait::async_trait;
use uuid::Uuid;

use crate::database::StorageError;
use crate::rooms::{Channel, Pair};
use crate::users::UserId;

/// Keeps messages. Each channel has a sequence that begins at 1 and has no gaps.
///
/// Every implementation passes the `conformance` suite of this module. Guarantees:
///
/// - What a call answered is durable: it survives the death of the process and the machine.
/// - Numbers are given under the protection of the transaction that stores the messages, so that none
///   is given twice or lost, whoever else writes, in this process or another.
/// - Every call ends within the configured timeout, by [`StorageError`] if need be.
/// - A call that failed, or whose future was dropped, has either happened as a whole or not at all;
///   [`find`](Self::find) tells which.
///
/// No text, and nothing that a client calls a message, holds U+0000: PostgreSQL has no place for it. It
/// is refused before it comes here.
#[async_trait]
pub trait MessageRepository: Send + Sync + std::fmt::Debug {
    /// Stores messages in one transaction. Those of one channel get the next numbers, in the order
    /// given. One whose user has sent one of the same `client_msg_id` before, be it in the same call,
    /// is not stored again. The results stand in the order of the messages.
    async fn append(&self, messages: &[NewMessage]) -> Result<Vec<Appended>, StorageError>;

    /// Those of these messages that are stored, each with its number, in any order. It waits for
    /// whatever is being stored: what it does not find is not stored later either.
    async fn find(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StorageError>;

    /// The last numbers that were given in these channels, in one look; of those in which none was,
    /// there is none. Removing messages does not change them.
    async fn last_seqs(&self, channels: &[Channel]) -> Result<HashMap<Channel, u64>, StorageError>;

    /// The last number that was given in a channel; 0 if none was.
    async fn last_seq(&self, channel: &Channel) -> Result<u64, StorageError> {
        let last_seqs = self.last_seqs(std::slice::from_ref(channel)).await?;
        Ok(last_seqs.get(channel).copied().unwrap_or(0))
    }

    /// Messages of a channel, the one with the lowest number first.
    async fn page(&self, channel: &Channel, page: Page) -> Result<Vec<Message>, StorageError>;

    /// The channels in which something was said, in the order of their names (by bytes): at most
    /// `limit` of those after a name.
    async fn channels(&self, after: &str, limit: u32) -> Result<Vec<Channel>, StorageError>;

    /// The people with whom a user has talked, themselves perhaps included: at most `limit`, those with
    /// whom something was said last first.
    async fn directs(&self, user: UserId, limit: u32) -> Result<Vec<Direct>, StorageError>;

    /// Removes the oldest messages of a channel, at most `limit` of them, in one short transaction.
    /// What is left has no gaps. Says how many were removed: fewer than `limit` if there is nothing
    /// left to remove.
    async fn prune(&self, channel: &Channel, keep: Keep, limit: u32) -> Result<u32, StorageError>;
}

/// A message that is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Drawn by the caller.
    pub id: Uuid,
    /// Where it is said.
    pub channel: Channel,
    /// By whom.
    pub user: UserId,
    /// What.
    pub text: String,
    /// When, in milliseconds since the epoch.
    pub sent_at_millis: u64,
    /// What the client calls it. Of one user, one message has it.
    pub client_msg_id: Option<String>,
}

/// What became of a message that was to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It is stored and has this number.
    Now {
        /// In its channel.
        seq: u64,
    },
    /// It had been stored before, as this.
    Before(Original),
}

/// What a message that is sent again was when it was sent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its id.
    pub id: Uuid,
    /// Where it was said.
    pub channel: Channel,
    /// Its number there.
    pub seq: u64,
    /// In milliseconds since the epoch.
    pub sent_at_millis: u64,
}

/// A message as it is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// Its number in its channel.
    pub seq: u64,
    /// Who said it.
    pub user: UserId,
    /// Their name as it is now; empty if they are gone.
    pub full_name: String,
    /// What was said.
    pub text: String,
    /// In milliseconds since the epoch.
    pub sent_at_millis: u64,
}

/// What a user has with somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// These two.
    pub pair: Pair,
    /// The name of the other one as it is now; empty if they are gone.
    pub full_name: String,
    /// The last number that was given.
    pub last_seq: u64,
}

/// Which messages of a channel are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The last ones with numbers below `before`; without it, the last ones.
    Last {
        /// Exclusive.
        before: Option<u64>,
        /// How many at most.
        limit: u32,
    },
    /// The first ones with numbers above `after`, and below `before` if there is one.
    First {
        /// Exclusive.
        after: u64,
        /// Exclusive.
        before: Option<u64>,
        /// How many at most.
        limit: u32,
    },
}

/// Which messages of a channel are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The last ones, so many; `None`: all.
    pub count: Option<u64>,
    /// What was said at this time or later, in milliseconds since the epoch, and what has a higher
    /// number than any of those; `None`: all.
    pub since_millis: Option<u64>,
}
