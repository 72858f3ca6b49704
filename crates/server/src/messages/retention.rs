//! Retention: what is too old, or of which there is too much, is removed little by little.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{Keep, MessageRepository, Page};
use crate::clock::Sources;
use crate::database::StorageError;
use crate::rooms::{self, Channel, Members};

/// Between two rounds through all channels.
const PAUSE: Duration = Duration::from_mins(1);

/// The channels that are looked up at once.
const CHANNELS: u32 = 100;

/// The messages that are removed in one transaction: so few that those who write hardly wait.
const REMOVED_AT_ONCE: u32 = 500;

/// Between two transactions: whoever writes comes first.
const BREATH: Duration = Duration::from_millis(50);

/// Between two channels that are looked at, which keeps no writer waiting.
const STEP: Duration = Duration::from_millis(10);

/// Removes what need not be kept.
#[derive(Debug)]
pub(super) struct Retention {
    members: Members,
    repository: Arc<dyn MessageRepository>,
    sources: Sources,
}

impl Retention {
    pub(super) fn new(
        members: Members,
        repository: Arc<dyn MessageRepository>,
        sources: Sources,
    ) -> Self {
        Self { members, repository, sources }
    }

    /// Goes round for ever.
    pub(super) async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "old messages cannot be removed at the moment");
            }
            sleep(PAUSE).await;
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        let mut after = String::new();
        loop {
            let channels = self.repository.channels(&after, CHANNELS).await?;
            let Some(last) = channels.last() else { return Ok(()) };
            after = last.name().into_owned();
            for channel in &channels {
                self.prune(channel).await?;
                sleep(STEP).await;
            }
        }
    }

    async fn prune(&self, channel: &Channel) -> Result<(), StorageError> {
        let Some(keep) = self.keep(channel) else { return Ok(()) };
        if !self.has_surplus(channel, keep).await? {
            return Ok(());
        }
        while self.repository.prune(channel, keep, REMOVED_AT_ONCE).await? == REMOVED_AT_ONCE {
            sleep(BREATH).await;
        }
        Ok(())
    }

    /// Whether the oldest message has to go: found out by reading, for which no writer has to wait.
    async fn has_surplus(&self, channel: &Channel, keep: Keep) -> Result<bool, StorageError> {
        let oldest = Page::First { after: 0, before: None, limit: 1 };
        let Some(oldest) = self.repository.page(channel, oldest).await?.pop() else {
            return Ok(false);
        };
        let last = self.repository.last_seq(channel).await?;
        let is_surplus = keep.count.is_some_and(|count| oldest.seq <= last.saturating_sub(count));
        let is_old = keep.since_millis.is_some_and(|since| oldest.sent_at_millis < since);
        Ok(is_surplus || is_old)
    }

    /// What is kept of a channel; `None`: everything. What was said in a room that is no longer
    /// configured is kept: nobody has said that it should go.
    fn keep(&self, channel: &Channel) -> Option<Keep> {
        let rooms::Retention { count, age } = self.members.rule(channel).ok()?.retention;
        let age = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let since_millis = age.map(|age| self.sources.now_millis().saturating_sub(age));
        (count.is_some() || since_millis.is_some()).then_some(Keep { count, since_millis })
    }
}
