//! Changes of users that were made elsewhere: by the command line, or in the database itself.
//!
//! Nobody tells this process of them. So everyone who is connected is compared with the database now
//! and then, many in one look; whoever is not as they were is treated as if it had been told.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use socketio::Socket;

use super::Sessions;
use super::client::Client;
use crate::database::StorageError;
use crate::users::{Account, UserId};

/// The time between two looks at everyone.
const PAUSE: Duration = Duration::from_secs(30);

/// Connections whose users are looked at together.
const TOGETHER: usize = 256;

impl Sessions {
    /// Has connections follow the changes of their users that were made elsewhere.
    pub(super) async fn watch_users(&self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Err(cause) = self.survey().await {
                tracing::warn!(%cause, "whether users were changed elsewhere cannot be seen");
            }
        }
    }

    async fn survey(&self) -> Result<(), StorageError> {
        let mut place = None;
        loop {
            let (sockets, last) = self.registry().after(place, TOGETHER);
            if last.is_none() {
                return Ok(());
            }
            place = last;
            for user in self.changed_elsewhere(&sockets).await? {
                tracing::info!(%user, "was changed elsewhere");
                self.user_changed(user).await;
            }
        }
    }

    /// Whose users are not what their connections know them as.
    async fn changed_elsewhere(
        &self,
        sockets: &[Socket<Client>],
    ) -> Result<BTreeSet<UserId>, StorageError> {
        let users: BTreeSet<_> = sockets.iter().map(|socket| socket.data().user_id()).collect();
        let ids: Vec<_> = users.into_iter().collect();
        let accounts = self.0.authenticator.accounts(&ids).await?;
        let accounts: HashMap<_, _> =
            accounts.into_iter().map(|account| (account.user.id, account)).collect();
        let changed = sockets.iter().map(Socket::data).filter(|client| {
            accounts.get(&client.user_id()).is_none_or(|account| is_another(client, account))
        });
        Ok(changed.map(Client::user_id).collect())
    }
}

/// Whether a connection's user, or what counts of their tokens, is not as it was.
fn is_another(client: &Client, account: &Account) -> bool {
    *client.user() != account.user || client.issued_at_secs() < account.tokens_since_secs
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;
    use tokio_util::task::TaskTracker;

    use super::{PAUSE, TOGETHER};
    use crate::sessions::Device;
    use crate::sessions::testing::{Agent, House};
    use crate::users::{
        FullName, PasswordChange, PasswordHash, UserChange, UserId, UserRepository as _,
    };

    /// Enough for whatever happens at once.
    const SOON: Duration = Duration::from_millis(50);

    async fn connect(house: &House, agents: &TaskTracker, person: usize) -> Agent {
        let token = house.mint(person, 7_200).token;
        let io = house.realtime.service();
        Agent::connect(io, agents, &token, Device::Desktop).await
    }

    /// As the command line does: nobody tells the server.
    async fn change_elsewhere(house: &House, user: UserId, change: UserChange) {
        house.users.update(user, &change).await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn connections_follow_changes_that_were_made_elsewhere() {
        let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
        let (ada, bob) = (connect(&house, &agents, 0).await, connect(&house, &agents, 1).await);
        let mut eves = Vec::new();
        // More than are looked at together.
        for _ in 0..=TOGETHER {
            eves.push(connect(&house, &agents, 2).await);
        }
        sleep(SOON).await;
        let [adas_id, bobs_id, eves_id] = [0, 1, 2].map(|person| house.people[person].id);
        let deactivation = UserChange { is_active: Some(false), ..UserChange::default() };
        change_elsewhere(&house, adas_id, deactivation).await;
        let (hash, tokens_since_secs) =
            (PasswordHash::new("$argon2id$another".to_owned()), u64::MAX);
        let password = Some(PasswordChange { hash, tokens_since_secs });
        change_elsewhere(&house, bobs_id, UserChange { password, ..UserChange::default() }).await;
        let full_name = Some(FullName::parse("Another Name").unwrap());
        change_elsewhere(&house, eves_id, UserChange { full_name, ..UserChange::default() }).await;

        sleep(PAUSE + SOON).await;
        assert_eq!(ada.ending().as_deref(), Some("user_inactive"));
        assert_eq!(bob.ending().as_deref(), Some("token_expired"));
        assert_eq!(house.connected().len(), eves.len());
        let seen = house.realtime.sessions().connected_as(eves_id);
        assert!(seen.iter().all(|user| user.full_name.as_str() == "Another Name"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_is_away_ends_nobody() {
        let (house, agents) = (House::new("unlimited", false), TaskTracker::new());
        let ada = connect(&house, &agents, 0).await;
        sleep(SOON).await;
        house.users.go_away();
        sleep(3 * PAUSE).await;
        assert_eq!(house.connected(), [ada.id().unwrap()]);
    }
}
