//! Members of rooms for tests of other modules.

use std::collections::BTreeSet;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::database::StorageError;
use crate::users::UserId;

/// Members in memory, without their names.
#[derive(Debug, Default)]
pub(crate) struct MemoryMembers(Mutex<BTreeSet<(UserId, RoomName)>>);

#[async_trait]
impl MemberRepository for MemoryMembers {
    async fn add(&self, user: UserId, room: &RoomName, most: usize) -> Result<Added, StorageError> {
        let mut members = self.0.lock().unwrap();
        let rooms = members.iter().filter(|(member, _)| *member == user).count();
        if rooms >= most && !members.contains(&(user, room.clone())) {
            return Ok(Added::TooManyRooms);
        }
        members.insert((user, room.clone()));
        Ok(Added::Member)
    }

    async fn remove(&self, user: UserId, room: &RoomName) -> Result<(), StorageError> {
        self.0.lock().unwrap().remove(&(user, room.clone()));
        Ok(())
    }

    async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomName>, StorageError> {
        let members = self.0.lock().unwrap();
        let rooms = members.iter().filter(|(member, _)| *member == user);
        Ok(rooms.map(|(_, room)| room.clone()).collect())
    }

    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError> {
        Ok(self.0.lock().unwrap().contains(&(user, room.clone())))
    }

    async fn members(&self, _: &RoomName, _: u32) -> Result<Vec<Member>, StorageError> {
        Err(StorageError::new("names are not known here"))
    }
}
