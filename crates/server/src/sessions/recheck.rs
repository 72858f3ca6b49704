//! What a change of a user means for their connections.
//!
//! A change is written to the database, counted, and then the connections that are registered are
//! looked at again. One that is being let in meanwhile reads the count, looks its user up, registers,
//! and reads the count again. If it registers before the connections are taken, it is looked at with
//! them. If it registers later, the second count includes the change: then either the first does not,
//! and it looks again by itself, or it does, and already the first look has seen what was written.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use socketio::Socket;
use tokio::time::timeout;

use super::Sessions;
use super::client::Client;
use super::ending::Ending;
use crate::auth::AuthError;
use crate::users::UserId;

/// How long a look may take. A handler that takes too long is dropped, and with it what it would have
/// found out, so that this is less than a handler may take.
const LOOK: Duration = Duration::from_secs(10);

impl Sessions {
    /// A user was changed in the database: their connections end if they may not go on, and the
    /// others have the user as they are now.
    pub(crate) async fn user_changed(&self, user: UserId) {
        let before = self.0.changes.fetch_add(1, Ordering::SeqCst);
        let sockets = self.registry().of_user(user);
        join_all(sockets.iter().map(|socket| self.recheck(socket, before))).await;
    }

    /// How often users were changed. Who was looked up before it changed may be different now.
    pub(crate) fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::SeqCst)
    }

    /// Looks at a connection that is registered by now, if there was a change since its user was
    /// looked up. Says whether it may stay; otherwise it has been ended.
    pub(crate) async fn may_stay(&self, socket: &Socket<Client>) -> bool {
        self.recheck(socket, socket.data().changes()).await
    }

    /// Looks at a connection as long as there are changes that have not been seen. Says whether it
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
        loop {
            let now = self.changes();
            if now == seen {
                return Ok(());
            }
            let issued_at_secs = client.issued_at_secs();
            let account = self.0.authenticator.account(client.user_id(), issued_at_secs).await?;
            if *client.user() != account.user {
                client.set_user(account.user, || self.changes() == now);
                self.0.audience.changed(socket).await;
            }
            seen = now;
        }
    }
}
