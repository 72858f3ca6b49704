//! `presence-diff`: who has come and gone, told to those who subscribed.
//!
//! What is known of people has a version. A subscriber gets all people and the version, and then for
//! each further version a diff, in order. A diff says of everyone whose connections have changed what
//! is true now, so that telling a change twice does no harm. Of the diffs that wait for a slow client
//! only the newest is kept: the client sees that a version is missing, and subscribes anew.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use socketio::{Ack, EmitError, LatestKey, NamespaceRef, Share, Socket};
use tokio::sync::Notify;

use super::person::Person;
use super::roster::Roster;
use crate::sessions::Client;
use crate::users::UserId;

/// The event that carries a [`Diff`].
const PRESENCE_DIFF: &str = "presence-diff";

/// The room of the subscribers. No room that a client can name has a colon.
pub(super) const SUBSCRIBERS: &str = "presence:subscribers";

const DIFF: LatestKey = LatestKey(2);
const SNAPSHOT: LatestKey = LatestKey(3);

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
    /// Held while a version is made and sent, and while a subscriber is told where it stands, so
    /// that both happen in one order.
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    version: u64,
    /// Everyone, as JSON, with no less than this version says. Made when someone asks.
    people: Option<Box<RawValue>>,
}

/// What has changed from one version to the next.
#[derive(Debug, Serialize)]
pub(crate) struct Diff<'a> {
    version: u64,
    /// Who has come, or has other connections than before.
    joins: Vec<Person<'a>>,
    /// Who has gone.
    leaves: Vec<String>,
}

/// The answer to `presence-subscribe`.
#[derive(Debug, Serialize)]
pub(crate) struct Snapshot<'a> {
    ok: bool,
    version: u64,
    people: &'a RawValue,
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

    /// Has a socket be told of everyone now, and of every change from now on.
    pub(super) async fn subscribe<'a>(
        &self,
        socket: &Socket<Client>,
        ack: &mut Ack<Client>,
        roster: impl Fn() -> MutexGuard<'a, Roster>,
    ) -> Result<(), EmitError> {
        socket.join(SUBSCRIBERS).await;
        let estimate = {
            let mut roster = roster();
            roster.subscribe(socket);
            roster.len() * BYTES_PER_PERSON
        };
        let share = socket.namespace().reserve(estimate).await;
        let mut state = self.state();
        let version = state.version;
        let people = match state.people.take() {
            Some(people) => people,
            None => to_raw_value(&roster().people().collect::<Vec<_>>())?,
        };
        let people = state.people.insert(people);
        ack.send_latest(share, SNAPSHOT, &Snapshot { ok: true, version, people })
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
            let to = namespace.to(SUBSCRIBERS).latest(DIFF);
            if let Err(error) = to.emit_reserved(share, PRESENCE_DIFF, &(diff,)) {
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
