//! Members of rooms for tests of other modules.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;

use super::*;
use crate::database::StorageError;
use crate::users::UserId;

/// Members in memory, without their names; or a database that is away.
#[derive(Debug, Default)]
pub(crate) struct MemoryMembers {
    members: Mutex<BTreeSet<(UserId, RoomName)>>,
    is_away: AtomicBool,
}

impl MemoryMembers {
    /// From now on the database is away.
    pub(crate) fn go_away(&self) {
        self.is_away.store(true, Ordering::SeqCst);
    }

    fn members(&self) -> Result<MutexGuard<'_, BTreeSet<(UserId, RoomName)>>, StorageError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(StorageError::new("away"));
        }
        Ok(self.members.lock().unwrap())
    }
}

#[async_trait]
impl MemberRepository for MemoryMembers {
    async fn add(&self, user: UserId, room: &RoomName, most: usize) -> Result<Added, StorageError> {
        let mut members = self.members()?;
        let rooms = members.iter().filter(|(member, _)| *member == user).count();
        if rooms >= most && !members.contains(&(user, room.clone())) {
            return Ok(Added::TooManyRooms);
        }
        members.insert((user, room.clone()));
        Ok(Added::Member)
    }

    async fn remove(&self, user: UserId, room: &RoomName) -> Result<(), StorageError> {
        self.members()?.remove(&(user, room.clone()));
        Ok(())
    }

    async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomName>, StorageError> {
        let members = self.members()?;
        let rooms = members.iter().filter(|(member, _)| *member == user);
        Ok(rooms.map(|(_, room)| room.clone()).collect())
    }

    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError> {
        Ok(self.members()?.contains(&(user, room.clone())))
    }

    async fn members(&self, _: &RoomName, _: u32) -> Result<Vec<Member>, StorageError> {
        Err(StorageError::new("names are not known here"))
    }
}
