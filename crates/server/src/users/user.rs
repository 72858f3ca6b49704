//! A user. Deliberately not serializable: what of it is shown is decided at the edge.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Email, FullName, Role};

/// The id of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Uuid);

impl UserId {
    /// Wraps an id that was drawn for a new user.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id without its meaning.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for UserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// Someone who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// Unique among users.
    pub email: Email,
    /// The name others see.
    pub full_name: FullName,
    /// Whether they may sign in and stay.
    pub is_active: bool,
    /// What they may do; at least [`Role::User`] for everyone who registered.
    pub roles: Vec<Role>,
}

/// A user together with what proves that it is them. Kept apart from [`User`] so that the hash goes
/// nowhere else.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: User,
    /// What the password must match.
    pub password: PasswordHash,
}

/// The hash of a password with its algorithm and salt (PHC string, or bcrypt's).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a hash.
    pub fn new(hash: String) -> Self {
        Self(hash)
    }

    /// The hash, for storage and verification.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}
