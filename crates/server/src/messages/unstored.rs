//! Messages that are not stored: numbered in memory and carried at once, without any SQL.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use socketio::NamespaceRef;

use super::message_from_server::{Announcement, announcement_bytes};
use super::said::{Published, Said};
use crate::clock::{Sources, rfc3339};
use crate::rooms::Channel;

/// The channels whose last number is remembered. Of more, those in which nothing was said for the
/// longest time begin at 1 again.
const MOST_CHANNELS: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// The last numbers of channels. They begin at 1 with each process.
#[derive(Debug)]
pub(super) struct Unstored {
    last_seqs: Mutex<LruCache<Channel, u64>>,
    sources: Sources,
}

impl Unstored {
    pub(super) fn new(sources: Sources) -> Self {
        Self { last_seqs: Mutex::new(LruCache::new(MOST_CHANNELS)), sources }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<Channel, u64>> {
        self.last_seqs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last number that was given.
    pub(super) fn last_seq(&self, channel: &Channel) -> u64 {
        self.lock().peek(channel).copied().unwrap_or(0)
    }

    /// Carries a message to everyone whom it concerns. Waits while the server's queue is full; then
    /// it gets its number and is handed to the broadcast, in one step.
    pub(super) async fn publish(&self, namespace: &NamespaceRef, said: &Said) -> Published {
        let Said { channel, sender, text, .. } = said;
        let full_name = sender.full_name.as_str();
        let share = namespace.reserve(announcement_bytes(full_name, text)).await;
        let (id, sent_at) = (self.sources.timed_id(), rfc3339(self.sources.now_millis()));
        let mut last_seqs = self.lock();
        let seq = last_seqs.get(channel).copied().unwrap_or(0) + 1;
        let user = sender.id;
        Announcement { channel, id, seq, user, full_name, text, sent_at: &sent_at }
            .tell(namespace, share);
        last_seqs.put(channel.clone(), seq);
        drop(last_seqs);
        Published { id, seq, room: channel.name().into_owned(), sent_at, duplicate: None }
    }
}

#[cfg(test)]
mod tests;
