//! The two users of the seed, whom everybody knows.

use crate::auth::NewPassword;
use crate::users::{Email, FullName, Role};

/// The password of both.
pub(crate) const PASSWORD: &str = "Abc123";

/// Their emails, names and roles. The first owns the products.
pub(crate) const PEOPLE: [(&str, &str, Role); 2] =
    [("test1@google.com", "Test One", Role::Admin), ("test2@google.com", "Test Two", Role::User)];

/// One of them.
pub(super) struct Person {
    pub(super) email: Email,
    pub(super) full_name: FullName,
    pub(super) password: NewPassword,
    pub(super) role: Role,
}

/// Both of them.
pub(super) fn people() -> [Person; 2] {
    PEOPLE.map(|(email, full_name, role)| Person {
        email: Email::parse(email).expect("a unit test reads it"),
        full_name: FullName::parse(full_name).expect("a unit test reads it"),
        password: NewPassword::parse(PASSWORD).expect("a unit test reads it"),
        role,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn can_be_read() {
        assert_eq!(super::people().len(), 2);
    }
}
