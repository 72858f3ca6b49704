//! A user as answers show them.

use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Role, User};

/// A user without what proves that it is them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownUser {
    #[schema(format = "uuid")]
    id: String,
    email: String,
    full_name: String,
    is_active: bool,
    #[schema(value_type = Vec<Role>)]
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

impl ToSchema for Role {}

impl PartialSchema for Role {
    fn schema() -> RefOr<Schema> {
        let names = Self::ALL.map(Self::as_str);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}
