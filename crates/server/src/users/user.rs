//! A user. Deliberately not serializable: what of it is shown is decided at the edge.

use std::fmt;
use std::str::FromStr;

use argon2::password_hash::phc;
use uuid::Uuid;

use super::{Email, FullName, Role};

/// The length of every hash of bcrypt, in characters.
const BCRYPT_LENGTH: usize = 60;

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
    /// A hash that was made elsewhere; `None` if it is of no kind that can be verified: bcrypt, or
    /// argon2 as a PHC string.
    pub fn parse(hash: String) -> Option<Self> {
        let known = if hash.starts_with("$2") {
            hash.len() == BCRYPT_LENGTH && hash.parse::<bcrypt::HashParts>().is_ok()
        } else {
            phc::PasswordHash::new(&hash).is_ok_and(|phc| {
                phc.hash.is_some() && argon2::Algorithm::try_from(phc.algorithm.as_str()).is_ok()
            })
        };
        known.then_some(Self(hash))
    }

    /// Wraps a hash that is known to be one.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_verified_is_a_hash() {
        let bcrypt = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        let argon2 = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$\
            3dFjBBBVvYvuWxsPXs7+Q8r1qzZyyY8rYQd5sbrmKQo";
        for known in [bcrypt, &bcrypt.replace("2b", "2a"), &bcrypt.replace("2b", "2y"), argon2] {
            assert!(PasswordHash::parse(known.to_owned()).is_some(), "{known}");
        }
        let unsalted = argon2.split("$c29").next().unwrap();
        for other in ["", "Abc123", &bcrypt[..59], &bcrypt.replace("10", "xx"), unsalted, "$1$a$b"]
        {
            assert!(PasswordHash::parse(other.to_owned()).is_none(), "{other}");
        }
    }
}
