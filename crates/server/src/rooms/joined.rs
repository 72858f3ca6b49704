//! The rooms of those who are connected, in memory: of each user once, however many connections they
//! have, and as long as one of these is there.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::{MemberRepository, RoomName};
use crate::database::StorageError;
use crate::users::UserId;

/// The users who are connected, or about to be. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Register(Arc<Mutex<HashMap<UserId, Weak<Joined>>>>);

/// The rooms of one user.
#[derive(Debug)]
pub(crate) struct Joined {
    user: UserId,
    rooms: Mutex<Rooms>,
    is_read: OnceCell<()>,
    /// Changes are made one after the other, so that what is here is what is in the database.
    turn: Semaphore,
    register: Register,
}

#[derive(Debug, Default)]
struct Rooms {
    names: BTreeSet<RoomName>,
    /// How often they were changed.
    version: u64,
}

impl Register {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Weak<Joined>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rooms of a user, read from the database by the first who asks.
    pub(super) async fn load(
        &self,
        user: UserId,
        members: &dyn MemberRepository,
    ) -> Result<Arc<Joined>, StorageError> {
        let joined = self.entry(user);
        let read = async || {
            let names = members.rooms_of(user).await?.into_iter().collect();
            joined.lock().names = names;
            Ok::<_, StorageError>(())
        };
        joined.is_read.get_or_try_init(read).await?;
        Ok(joined)
    }

    fn entry(&self, user: UserId) -> Arc<Joined> {
        let mut users = self.lock();
        if let Some(joined) = users.get(&user).and_then(Weak::upgrade) {
            return joined;
        }
        let joined = Arc::new(Joined {
            user,
            rooms: Mutex::default(),
            is_read: OnceCell::new(),
            turn: Semaphore::new(1),
            register: self.clone(),
        });
        users.insert(user, Arc::downgrade(&joined));
        joined
    }

    /// The rooms of a user who is connected.
    pub(super) fn find(&self, user: UserId) -> Option<Arc<Joined>> {
        let joined = self.lock().get(&user)?.upgrade()?;
        joined.is_read.initialized().then_some(joined)
    }
}

impl Joined {
    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this user's rooms may be changed.
    pub(super) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turn.acquire().await.expect("it is never closed")
    }

    pub(super) fn contains(&self, room: &RoomName) -> bool {
        self.lock().names.contains(room)
    }

    /// All of them, and how often they were changed.
    pub(super) fn names(&self) -> (Vec<RoomName>, u64) {
        let rooms = self.lock();
        (rooms.names.iter().cloned().collect(), rooms.version)
    }

    /// How often they were changed.
    pub(super) fn version(&self) -> u64 {
        self.lock().version
    }

    pub(super) fn insert(&self, room: RoomName) {
        let mut rooms = self.lock();
        rooms.names.insert(room);
        rooms.version += 1;
    }

    pub(super) fn remove(&self, room: &RoomName) {
        let mut rooms = self.lock();
        rooms.names.remove(room);
        rooms.version += 1;
    }

    /// What the user may do has changed, and with it which of these rooms count.
    pub(super) fn touch(&self) {
        self.lock().version += 1;
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut users = self.register.lock();
        // Another one may stand in its place by now.
        if users.get(&self.user).is_some_and(|joined| joined.strong_count() == 0) {
            users.remove(&self.user);
        }
    }
}
