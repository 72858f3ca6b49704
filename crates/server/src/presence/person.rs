//! A user who is connected, as clients see them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::sessions::Device;
use crate::users::UserId;

/// A user with all their connections.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person<'a> {
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub(super) user_id: UserId,
    pub(super) full_name: String,
    /// In the order of registration.
    pub(super) connections: Vec<Connection<'a>>,
}

/// One connection of a user.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(crate) struct Connection<'a> {
    /// The id of the socket.
    pub(super) id: &'a str,
    /// The class of device that it said it is.
    pub(super) device: Device,
}

fn as_text<S: serde::Serializer>(user: &UserId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}
