//! Live connections and the life of their tokens: a notice before the end, and the end.

use std::time::Duration;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use socketio::{LatestKey, Socket};

use super::Sessions;
use super::client::Client;
use super::ending::Ending;
use super::schedule::Due;
use crate::clock::rfc3339;
use crate::events::{Latest, ServerEvent};

/// The event `auth-expiring`.
pub(crate) struct AuthExpiring;

impl ServerEvent for AuthExpiring {
    const NAME: &'static str = "auth-expiring";
    const ABOUT: &'static str = "The token of the connection is about to end. With `auth-refresh` it \
        goes on; without, it ends some time after the token.";
    const TO: &'static str = "the socket that it concerns";
    const NAMES: &'static [&'static str] = &["notice"];
    type Arguments = (ExpiryNotice,);
}

/// Of the notices that wait for a client, only the newest matters.
const KEY: LatestKey = Latest::AuthExpiring.key();

/// The wall clock may be set: it is looked at again after this time at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a notice may wait for room in the server's queue, and with it the ends of others.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a notice takes in JSON, about.
const NOTICE_BYTES: usize = 96;

/// When a token ends.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExpiryNotice {
    /// RFC 3339, in UTC.
    expires_at: String,
    /// The same by the time that is left, for those whose clock is wrong.
    seconds_left: u64,
}

impl Sessions {
    /// Tells clients when their token is about to end, and ends those for whom it has.
    pub(super) async fn watch_tokens(&self) {
        loop {
            let due = self.registry().due(self.now_millis());
            let (ends, notices): (Vec<_>, Vec<_>) =
                due.into_iter().partition(|(_, due)| *due == Due::End);
            for (socket, _) in ends {
                self.expel(&socket, Ending::Expired);
            }
            // All at once: however many wait for room, whoever ends meanwhile waits no longer than one.
            let notices = notices.iter().filter_map(|(socket, due)| match due {
                Due::Notice { ends_at_millis } => Some(self.give_notice(socket, *ends_at_millis)),
                Due::End => None,
            });
            join_all(notices).await;
            let next = self.registry().next_due_millis();
            let wait = next.map_or(LONGEST_WAIT, |next| {
                Duration::from_millis(next.saturating_sub(self.now_millis())).min(LONGEST_WAIT)
            });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.0.tokens_changed.notified() => {}
            }
        }
    }

    /// Without room it is given again in a moment; not, if the token has been replaced meanwhile. What
    /// waits for a client that is away is not kept: it will have another token, or none.
    async fn give_notice(&self, socket: &Socket<Client>, ends_at_millis: u64) {
        let room = socket.namespace().reserve(NOTICE_BYTES);
        let share = tokio::time::timeout(NOTICE_TIMEOUT, room).await;
        let Some(registration) = socket.data().registration() else { return };
        // Held until it is sent, so that no refresh comes in between.
        let mut registry = self.registry();
        if !registry.is_told(registration, ends_at_millis) {
            return;
        }
        let now = self.now_millis();
        let Ok(share) = share else {
            return registry.give_notice_again(registration, now);
        };
        let expires_at = rfc3339(ends_at_millis);
        let seconds_left = ends_at_millis.saturating_sub(now).div_ceil(1_000);
        let notice = ExpiryNotice { expires_at, seconds_left };
        let to = socket.namespace().to(socket.id().as_str()).latest(KEY);
        if let Err(error) = to.emit_reserved(share, AuthExpiring::NAME, &(notice,)) {
            tracing::error!(%error, "the end of a token cannot be encoded");
        }
    }
}

#[cfg(test)]
mod tests;
