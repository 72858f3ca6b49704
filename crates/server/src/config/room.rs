//! `[rooms.<name>]`: who may do what in a room, and what is kept.

use serde::Deserialize;

use super::values::{self, Span};
use crate::rooms::{LOBBY, RoomName};
use crate::users::Role;

/// The name that stands for all rooms that have no section of their own.
pub const OTHER_ROOMS: &str = "*";

/// The rules of a room. What is left out is as `[messages]` says, or anyone's right.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Who may join it; empty: everyone.
    #[serde(default, deserialize_with = "values::list")]
    pub join: Vec<RoleName>,
    /// Of those who have joined, who may say something; empty: all of them.
    #[serde(default, deserialize_with = "values::list")]
    pub post: Vec<RoleName>,
    /// Whether what is said is stored.
    #[serde(default)]
    pub store: Option<bool>,
    /// How many messages are kept.
    #[serde(default)]
    pub keep_count: Option<u64>,
    /// For how long.
    #[serde(default)]
    pub keep_for: Option<Span>,
}

/// A role, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleName(pub Role);

impl std::str::FromStr for RoleName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| "roles: admin, super-user, user".to_owned())
    }
}

/// Whether a section may be about this room.
pub(super) fn is_room(name: &str) -> bool {
    name == OTHER_ROOMS || name == LOBBY || name.parse::<RoomName>().is_ok()
}
