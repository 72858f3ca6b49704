//! The contract of whatever keeps who is a member of which room.

use async_trait::async_trait;

use super::RoomName;
use crate::database::StorageError;
use crate::users::{FullName, UserId};

/// Keeps members of rooms. The lobby, and what two people have among themselves, need none.
///
/// Every implementation passes the `conformance` suite of this module. Guarantees:
///
/// - What a call answered is durable: it survives the death of the process and the machine.
/// - Every call ends within the configured timeout, by [`StorageError`] if need be.
/// - A call whose future is dropped has either happened as a whole or not at all.
#[async_trait]
pub trait MemberRepository: Send + Sync + std::fmt::Debug {
    /// Makes a user a member, unless they would then be one of more than `most` rooms. Being one
    /// already is no error, whatever the number.
    async fn add(&self, user: UserId, room: &RoomName, most: usize) -> Result<Added, StorageError>;

    /// Makes a user a member no more. Not having been one is no error.
    async fn remove(&self, user: UserId, room: &RoomName) -> Result<(), StorageError>;

    /// The rooms of a user, in the order of their names (by bytes).
    async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomName>, StorageError>;

    /// Whether a user is a member.
    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError>;

    /// At most so many members of a room, in the order of their names (by bytes), then of their ids.
    /// Those who may not sign in are left out.
    async fn members(&self, room: &RoomName, limit: u32) -> Result<Vec<Member>, StorageError>;
}

/// What became of adding a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// They are a member.
    Member,
    /// They are in as many rooms as they may be.
    TooManyRooms,
}

/// A member of a room, as others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub user: UserId,
    /// The name others see.
    pub full_name: FullName,
}
