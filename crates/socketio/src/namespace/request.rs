//! What a client says when it asks to be let in.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use engineio::Handshake;
use serde::de::DeserializeOwned;

use crate::args::{ArgsError, RawArgs};

/// A client asks to be let into a namespace.
#[derive(Clone)]
pub struct ConnectRequest {
    pub(crate) namespace: Arc<str>,
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) auth: RawArgs,
    pub(crate) time: SystemTime,
}

impl fmt::Debug for ConnectRequest {
    /// Without the auth payload, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut request = f.debug_struct("ConnectRequest");
        request.field("namespace", &self.namespace).field("time", &self.time);
        request.finish_non_exhaustive()
    }
}

impl ConnectRequest {
    /// The name of the namespace, with its slash. One that is made by a pattern is not there yet,
    /// unless others are in it.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The request that opened the session.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The auth payload of the client, as a `T`; without one, what `T` makes of `null`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        self.auth.parse_first()
    }

    /// When the client asked.
    pub fn time(&self) -> SystemTime {
        self.time
    }
}
