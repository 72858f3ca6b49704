//! What a change of a user means for their connections.
//!
//! A change is written to the database, noted, and then the connections that are registered are
//! looked at again. One that is being let in meanwhile reads how many changes were noted, looks its
//! user up, and registers if none of them was noted since. If it registers before the connections are
//! taken, it is looked at with them. If it registers later, the change had been noted by then: either
//! not yet at its look-up, and it is not let in, or already then, and the look-up has seen what was
//! written.

use std::time::Duration;

use futures_util::future::join_all;
use socketio::Socket;
use tokio::time::timeout;

use super::Sessions;
use super::client::Client;
use super::ending::Ending;
use crate::auth::AuthError;
use crate::users::{User, UserId};

/// How long a look may take. A handler that takes too long is dropped, and with it what it would have
/// found out, so that this is less than a handler may take.
const LOOK: Duration = Duration::from_secs(10);

impl Sessions {
    /// A user was changed in the database: their connections end if they may not go on, and the
    /// others have the user as they are now.
    pub(crate) async fn user_changed(&self, user: UserId) {
        let before = self.0.changes.note(user);
        let sockets = self.registry().of_user(user);
        join_all(sockets.iter().map(|socket| self.recheck(socket, before))).await;
    }

    /// How often users were changed.
    pub(crate) fn changes(&self) -> u64 {
        self.0.changes.count()
    }

    /// Whether a user may be another than when users had been changed so often.
    pub(crate) fn may_have_changed(&self, user: UserId, since: u64) -> bool {
        self.0.changes.concern(user, since)
    }

    /// A connection has its user as they were looked up, unless they have changed since there were so
    /// many changes. If they are another than before, that is told.
    pub(super) async fn take_user(&self, socket: &Socket<Client>, user: &User, changes: u64) {
        let is_current = || !self.may_have_changed(user.id, changes);
        if socket.data().set_user(user, is_current) {
            self.0.audience.changed(socket).await;
        }
    }

    /// Looks at a connection as long as its user has changes that have not been seen. Says whether it
    /// may stay; otherwise it has been ended. Of whom nobody can tell the transport alone is closed,
    /// so that the client comes back.
    pub(super) async fn recheck(&self, socket: &Socket<Client>, seen: u64) -> bool {
        match timeout(LOOK, self.look(socket, seen)).await {
            Ok(Ok(())) => return true,
            Ok(Err(AuthError::Unavailable(cause))) => {
                tracing::warn!(%cause, "whether a user may stay cannot be decided");
                socket.close_session();
            }
            Ok(Err(AuthError::Revoked)) => self.expel(socket, Ending::Revoked),
            Ok(Err(_)) => self.expel(socket, Ending::Inactive),
            Err(_) => socket.close_session(),
        }
        false
    }

    /// The users of a user's connections, as those know them.
    #[cfg(test)]
    pub(crate) fn connected_as(&self, user: UserId) -> Vec<std::sync::Arc<crate::users::User>> {
        self.registry().of_user(user).iter().map(|socket| socket.data().user()).collect()
    }

    async fn look(&self, socket: &Socket<Client>, mut seen: u64) -> Result<(), AuthError> {
        let client = socket.data();
        while self.may_have_changed(client.user_id(), seen) {
            seen = self.changes();
            let issued_at_secs = client.issued_at_secs();
            let account = self.0.authenticator.account(client.user_id(), issued_at_secs).await?;
            self.take_user(socket, &account.user, seen).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
