//! A user. Deliberately not serializable: what of it is shown is decided at the edge.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use argon2::password_hash::phc;
use uuid::Uuid;

use super::{Email, FullName, Role};

/// What bcrypt may cost: each step doubles it, and the last takes seconds.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=16;

/// The most memory that argon2 may take, in KiB.
const ARGON2_MOST_MEMORY: u32 = 1024 * 1024;

/// The most passes that argon2 may make, and the most lanes it may have.
const ARGON2_MOST_STEPS: u32 = 64;

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

/// A user, and which of their tokens count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who it is.
    pub user: User,
    /// Tokens that were issued before this second since the epoch do not count; 0: all do.
    pub tokens_since_secs: u64,
}

/// A user together with what proves that it is them. Kept apart from [`User`] so that the hash goes
/// nowhere else.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: User,
    /// What the password must match.
    pub password: PasswordHash,
    /// As in [`Account`].
    pub tokens_since_secs: u64,
}

/// The hash of a password with its algorithm and salt (PHC string, or bcrypt's).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// What [`parse`](Self::parse) takes, in words.
    pub(crate) const ALLOWED: &str = "bcrypt (cost 4 to 16) or argon2 (PHC string; version 16 or \
        19; m up to 1048576, t and p up to 64)";

    /// A hash that was made elsewhere; `None` if it is of no kind that can be verified (bcrypt, or
    /// argon2 as a PHC string), or would keep a core or the memory busy for too long.
    pub fn parse(hash: String) -> Option<Self> {
        let known = if hash.starts_with("$2") { is_bcrypt(&hash) } else { is_argon2(&hash) };
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

fn is_bcrypt(hash: &str) -> bool {
    hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| BCRYPT_COSTS.contains(&parts.get_cost()))
}

fn is_argon2(hash: &str) -> bool {
    let Ok(hash) = phc::PasswordHash::new(hash) else {
        return false;
    };
    // What is left out would be taken to be the default of today, whatever it was at that time.
    let whole =
        hash.hash.is_some() && ["m", "t", "p"].iter().all(|n| hash.params.get(*n).is_some());
    whole
        && argon2::Algorithm::try_from(hash.algorithm.as_str()).is_ok()
        && hash.version.is_some_and(|version| argon2::Version::try_from(version).is_ok())
        && argon2::Params::try_from(&hash).is_ok_and(|params| is_affordable(&params))
}

fn is_affordable(params: &argon2::Params) -> bool {
    params.m_cost() <= ARGON2_MOST_MEMORY
        && params.t_cost() <= ARGON2_MOST_STEPS
        && params.p_cost() <= ARGON2_MOST_STEPS
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;

    use super::*;

    const BCRYPT: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    const ARGON2: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$\
        3dFjBBBVvYvuWxsPXs7+Q8r1qzZyyY8rYQd5sbrmKQo";

    fn is_hash(text: &str) -> bool {
        PasswordHash::parse(text.to_owned()).is_some()
    }

    #[test]
    fn what_can_be_verified_is_a_hash() {
        for (made, changed) in
            [(BCRYPT, BCRYPT), ("2b", "2a"), ("2b", "2y"), ("$10$", "$04$"), ("$10$", "$16$")]
        {
            assert!(is_hash(&BCRYPT.replace(made, changed)), "{changed}");
        }
        for (made, changed) in [
            ("2id", "2i"),
            ("2id", "2d"),
            ("v=19", "v=16"),
            ("m=19456", "m=1048576"),
            ("t=2", "t=64"),
            ("p=1", "p=64"),
        ] {
            assert!(is_hash(&ARGON2.replace(made, changed)), "{changed}");
        }
    }

    #[test]
    fn what_the_server_makes_itself_is_a_hash() {
        let argon2 = argon2::Argon2::default();
        let hash: phc::PasswordHash = argon2.hash_password_with_salt(b"Abc123", &[7; 16]).unwrap();
        assert!(is_hash(&hash.to_string()), "{hash}");
    }

    #[test]
    fn what_cannot_be_verified_is_none() {
        let (without_salt, _) = ARGON2.split_once("$c29").unwrap();
        let (without_hash, _) = ARGON2.split_once("$3dF").unwrap();
        for other in ["", "Abc123", "$1$a$b", &BCRYPT[..59], without_salt, without_hash] {
            assert!(!is_hash(other), "{other}");
        }
        assert!(!is_hash(&BCRYPT.replace("$10$", "$xx$")));
        for (made, changed) in [
            ("argon2id", "argon2x"),
            ("v=19", "v=18"),
            ("$v=19", ""),
            ("m=19456", "m=7"),
            ("m=19456,", ""),
            ("p=1", "p=1,x=1"),
            ("$m=19456,t=2,p=1", ""),
        ] {
            assert!(!is_hash(&ARGON2.replace(made, changed)), "{changed}");
        }
    }

    #[test]
    fn what_would_take_too_long_to_verify_is_none() {
        for cost in ["$00$", "$03$", "$17$", "$31$", "$99$"] {
            assert!(!is_hash(&BCRYPT.replace("$10$", cost)), "{cost}");
        }
        for (made, changed) in
            [("m=19456", "m=1048577"), ("t=2", "t=65"), ("p=1", "p=65"), ("t=2", "t=4294967295")]
        {
            assert!(!is_hash(&ARGON2.replace(made, changed)), "{changed}");
        }
    }
}
