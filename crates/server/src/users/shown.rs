//! A user as answers show them.

use serde::Serialize;

use super::User;

/// A user without what proves that it is them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownUser {
    id: String,
    email: String,
    full_name: String,
    is_active: bool,
    roles: Vec<&'static str>,
}

impl From<&User> for ShownUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            full_name: user.full_name.to_string(),
            is_active: user.is_active,
            roles: user.roles.iter().map(|role| role.as_str()).collect(),
        }
    }
}
