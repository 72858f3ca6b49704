//! Live connections end with their token.

use std::sync::MutexGuard;
use std::time::Duration;

use socketio::Socket;
use tokio::sync::Notify;

use super::client::Client;
use super::registry::Registry;
use crate::clock::Sources;

/// The wall clock may be set: it is looked at again after this time at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Ends sockets whose token has expired.
#[derive(Debug)]
pub(super) struct Expiry {
    sources: Sources,
    added: Notify,
}

impl Expiry {
    pub(super) fn new(sources: Sources) -> Self {
        Self { sources, added: Notify::new() }
    }

    /// A socket was registered, whose token may be the next to expire.
    pub(super) fn added(&self) {
        self.added.notify_one();
    }

    /// Calls `end` for each socket when its token expires.
    pub(super) async fn run<'a>(
        &self,
        sockets: impl Fn() -> MutexGuard<'a, Registry<Socket<Client>>>,
        end: impl Fn(&Socket<Client>),
    ) {
        loop {
            let now = self.sources.now_millis();
            let expired = sockets().expired(now / 1_000);
            expired.iter().for_each(&end);
            let next = sockets().next_expiry_secs();
            let wait = next.map_or(LONGEST_WAIT, |next| {
                Duration::from_millis((next * 1_000).saturating_sub(now)).min(LONGEST_WAIT)
            });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.added.notified() => {}
            }
        }
    }
}
