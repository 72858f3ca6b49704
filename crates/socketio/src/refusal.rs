//! How a client is turned away.

use std::sync::Arc;

use engineio::Message;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::arguments::One;
use crate::encode::Encoder;
use crate::socket_id::SocketId;

/// The answer to a client that may not connect. In every case its session is closed as soon as it
/// has taken the answer, unless it is connected to another namespace.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The client gets CONNECT_ERROR: `connect_error` with this message and these data.
    ConnectError {
        /// The message of the error.
        message: String,
        /// Its property `data`.
        data: Option<serde_json::Value>,
    },
    /// The client gets the CONNECT reply, one event, and DISCONNECT. It is never registered.
    Disconnect(LastEvent),
    /// The session is closed without an answer, so that the client tries again.
    Close,
}

/// An event that a client gets before it is disconnected.
#[derive(Debug, Clone)]
pub struct LastEvent {
    name: String,
    payload: Arc<RawValue>,
}

impl LastEvent {
    /// An event with one argument.
    ///
    /// # Errors
    /// If the argument cannot be written as JSON.
    pub fn new(
        name: impl Into<String>,
        payload: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self { name: name.into(), payload: serde_json::value::to_raw_value(payload)?.into() })
    }

    /// As it is sent; nothing if it cannot be encoded.
    pub(crate) fn messages(&self, encoder: &Encoder) -> Vec<Message> {
        encoder.event_messages(&self.name, &One(&*self.payload)).unwrap_or_default()
    }
}

impl Refusal {
    /// What is sent, in order.
    pub(crate) fn messages(&self, encoder: &Encoder) -> Vec<Message> {
        match self {
            Self::ConnectError { message, data } => {
                vec![encoder.connect_error(message, data.as_ref())]
            }
            Self::Disconnect(event) => {
                let reply = encoder.connect(&SocketId::random(), None);
                let disconnect = encoder.disconnect();
                std::iter::once(reply).chain(event.messages(encoder)).chain([disconnect]).collect()
            }
            Self::Close => Vec::new(),
        }
    }
}
