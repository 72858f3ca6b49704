//! What a user may do beyond talking.

use std::fmt;
use std::str::FromStr;

/// A role, by the names that existing databases hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages everything.
    Admin,
    /// Reserved, as in the original system.
    SuperUser,
    /// Everyone.
    User,
}

/// A name that stands for no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role: admin, super-user or user")]
pub struct UnknownRole(String);

impl Role {
    /// Its name in databases and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::SuperUser => "super-user",
            Self::User => "user",
        }
    }
}

impl Role {
    /// The roles among these names of a stored user. Another program that shares the database may
    /// have its own: they give no rights here, and keep nobody from being found.
    pub(crate) fn known<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        names.into_iter().filter_map(|name| name.parse().ok()).collect()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        [Self::Admin, Self::SuperUser, Self::User]
            .into_iter()
            .find(|role| role.as_str() == name)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for role in [Role::Admin, Role::SuperUser, Role::User] {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn unknown_roles_of_a_stored_user_count_for_nothing() {
        assert_eq!(Role::known(["root", "user", "Admin"]), [Role::User]);
    }
}
