//! The public names of sockets.

use std::fmt;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

/// The public name of a socket: 20 characters, drawn at random, and different from the id of the
/// session below, which is a secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(Arc<str>);

impl SocketId {
    /// Draws an id.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, without which nothing here is safe.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 15];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// An id that another server has drawn: for adapters.
    pub fn from_other_node(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The id as clients see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn room(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SocketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
