//! `presence-subscribe`: who is here, and from now on what changes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use socketio::{LatestKey, Socket};

use super::person::Person;
use crate::code::Code;
use crate::events::{ClientEvent, Handle, Latest, Limit, Nothing, Problem};
use crate::messages::Gateway;
use crate::sessions::Client;

/// The event `presence-subscribe`.
pub(crate) struct PresenceSubscribe;

/// Who is connected, as of a version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PresenceSnapshot")]
pub(crate) struct Snapshot {
    pub(super) version: u64,
    /// Each once, in the order in which they came.
    #[schemars(with = "Vec<Person<'static>>")]
    pub(super) people: Arc<RawValue>,
}

impl ClientEvent for PresenceSubscribe {
    const NAME: &'static str = "presence-subscribe";
    const ABOUT: &'static str = "Asks who is connected, and for a `presence-diff` at each change \
        from now on, instead of `clients-updated`. To be sent after each `connect`, also of a \
        connection that was recovered.";
    const LIMIT: Limit = Limit::Requests;
    const LATEST: Option<LatestKey> = Some(Latest::PresenceSnapshot.key());
    type Payload<'a> = Nothing;
    type Answer = Snapshot;
}

impl Handle for PresenceSubscribe {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        _: Nothing,
    ) -> Result<Snapshot, Problem> {
        gateway.presence().subscribe(socket).await.map_err(|error| {
            tracing::error!(%error, "the list of people cannot be encoded");
            Problem::new(Code::Internal, "Internal server error")
        })
    }
}
