//! Changes of users, and what follows from them.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::{User, UserChange, UserId, UserRepository};
use crate::database::StorageError;
use crate::sessions::Sessions;

/// Changes users, and has their connections follow: those of who may not stay end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct UserChanges {
    users: Arc<dyn UserRepository>,
    sessions: Sessions,
    tasks: TaskTracker,
}

impl UserChanges {
    /// Whoever owns `tasks` waits for them before the database is closed.
    pub(crate) fn new(
        users: Arc<dyn UserRepository>,
        sessions: Sessions,
        tasks: TaskTracker,
    ) -> Self {
        Self { users, sessions, tasks }
    }

    /// Changes a user; the user as they are then, `None` if there is none with this id.
    ///
    /// Once begun it is done to its end, on a task of its own: a client that hangs up drops its
    /// request, and must not part the change from the end of the user's connections.
    pub(crate) async fn make(
        &self,
        id: UserId,
        change: UserChange,
    ) -> Result<Option<User>, StorageError> {
        let Self { users, sessions, tasks } = self.clone();
        let task = tasks.spawn(async move {
            let user = users.update(id, &change).await?;
            if user.is_some() {
                sessions.user_changed(id).await;
            }
            Ok(user)
        });
        task.await.map_err(StorageError::new)?
    }
}

#[cfg(test)]
mod tests;
