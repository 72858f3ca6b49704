//! `presence-diff`: who has come and gone, told to those who subscribed.
//!
//! What is known of people has a version. A subscriber gets all people and the version, and then for
//! each further version a diff, in order. A diff says of everyone whose connections have changed what
//! is true now, so that telling a change twice does no harm. Of the diffs that wait for a slow client
//! only the newest is kept: the client sees that a version is missing, and subscribes anew.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use socketio::{LatestKey, NamespaceRef, Share, Socket};
use tokio::sync::Notify;

use super::person::Person;
use super::roster::Roster;
use super::subscribe::Snapshot;
use crate::events::{Latest, ServerEvent};
use crate::sessions::Client;
use crate::users::UserId;

/// The room of the subscribers. No room that a client can name has a colon.
pub(super) const SUBSCRIBERS: &str = "presence:subscribers";

/// Of the diffs that wait for a client only the newest is kept.
const KEY: LatestKey = Latest::PresenceDiff.key();

/// What a person takes in JSON, about.
const BYTES_PER_PERSON: usize = 160;

/// The time between two diffs: so long for each subscriber, so that telling them never takes more
/// than about a tenth of a core, within bounds.
const PER_SUBSCRIBER: Duration = Duration::from_micros(100);
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// Who is told of whom.
#[derive(Debug, Default)]
pub(super) struct Diffs {
    /// Who has come, gone, or got another connection since the last version.
    changed: Mutex<BTreeSet<UserId>>,
    /// Held while a version is made and sent, so that no snapshot stands between the two.
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    version: u64,
    /// Everyone, as JSON, with no less than this version says. Made when someone asks.
    people: Option<Arc<RawValue>>,
}

/// The event `presence-diff`.
pub(crate) struct PresenceDiff;

impl ServerEvent for PresenceDiff {
    const NAME: &'static str = "presence-diff";
    const ABOUT: &'static str = "Who has come and gone since the version before. A diff whose \
        version is not the next one says that some were missed: subscribe anew. Those that come \
        before the answer to `presence-subscribe` count if they are newer than it.";
    const TO: &'static str = "subscribers";
    const NAMES: &'static [&'static str] = &["diff"];
    type Arguments = (Diff<'static>,);
}

/// What has changed from one version to the next.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PresenceDiff")]
pub(crate) struct Diff<'a> {
    version: u64,
    /// Who has come, or has other connections or another name than before.
    joins: Vec<Person<'a>>,
    /// The ids of the users who have gone.
    leaves: Vec<String>,
}

impl Diffs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<UserId>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Someone has come, gone, or got another connection, which the roster knows by now.
    pub(super) fn note(&self, user: UserId) {
        self.changed().insert(user);
        self.wake.notify_one();
    }

    /// Has a socket be told of every change from now on. Gives who is here, with no less than the
    /// diffs say that the socket did not get.
    pub(super) async fn subscribe<'a>(
        &self,
        socket: &Socket<Client>,
        roster: impl Fn() -> MutexGuard<'a, Roster>,
    ) -> Result<Snapshot, serde_json::Error> {
        socket.join(SUBSCRIBERS).await;
        roster().subscribe(socket);
        let mut state = self.state();
        let people = match &state.people {
            Some(people) => people.clone(),
            None => to_raw_value(&roster().people().collect::<Vec<_>>())?.into(),
        };
        state.people = Some(Arc::clone(&people));
        Ok(Snapshot { version: state.version, people })
    }

    /// Sends the diffs, each when it is time.
    pub(super) async fn run<'a>(
        &self,
        namespace: &NamespaceRef,
        roster: impl Fn() -> MutexGuard<'a, Roster>,
    ) {
        loop {
            self.wake.notified().await;
            let estimate = self.changed().len() * BYTES_PER_PERSON;
            let share = namespace.reserve(estimate).await;
            let subscribers = self.tell(namespace, share, &roster);
            tokio::time::sleep(pause(subscribers)).await;
        }
    }

    /// Makes the next version, if there is one, and sends its diff. The number of subscribers.
    fn tell<'a>(
        &self,
        namespace: &NamespaceRef,
        share: Share,
        roster: &impl Fn() -> MutexGuard<'a, Roster>,
    ) -> usize {
        let mut state = self.state();
        let changed = std::mem::take(&mut *self.changed());
        let roster = roster();
        if changed.is_empty() {
            return 0;
        }
        state.version += 1;
        state.people = None;
        if roster.subscribers() > 0 {
            let diff = Diff::new(state.version, changed, &roster);
            let to = namespace.to(SUBSCRIBERS).latest(KEY);
            if let Err(error) = to.emit_reserved(share, PresenceDiff::NAME, &(diff,)) {
                tracing::error!(%error, "a diff of presence cannot be encoded");
            }
        }
        roster.subscribers()
    }
}

impl<'a> Diff<'a> {
    fn new(version: u64, changed: BTreeSet<UserId>, roster: &'a Roster) -> Self {
        let mut diff = Self { version, joins: Vec::new(), leaves: Vec::new() };
        for user in changed {
            match roster.person(user) {
                Some(person) => diff.joins.push(person),
                None => diff.leaves.push(user.to_string()),
            }
        }
        diff
    }
}

/// How long a diff to so many has to be the last.
fn pause(subscribers: usize) -> Duration {
    let subscribers = u32::try_from(subscribers).unwrap_or(u32::MAX);
    PER_SUBSCRIBER.saturating_mul(subscribers).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diffs_to_many_come_seldom_within_bounds() {
        assert_eq!(pause(0), SHORTEST);
        assert_eq!(pause(8_000), Duration::from_millis(800));
        assert_eq!(pause(usize::MAX), LONGEST);
    }
}
