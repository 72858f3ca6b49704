#![doc = include_str!("../README.md")]
//!
//! ## Where to begin
//!
//! [`SocketIo::builder`] makes a server of settings and [`Namespace`]s, whose handlers are async
//! functions of [what an event brings](FromContext). A [`Socket`] is one client in one namespace; an
//! [`Operator`] addresses many. What carries broadcasts between servers is an
//! [`Adapter`](adapter::Adapter).
//!
//! Protocol: <https://socket.io/docs/v4/socket-io-protocol/>.

#![deny(missing_docs)]

mod acks;
pub mod adapter;
mod args;
mod arguments;
mod binary;
mod bundles;
mod clock;
mod connection;
mod decode;
mod encode;
mod event_name;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod handler;
mod listeners;
mod msgpack;
mod namespace;
mod operator;
mod outgoing;
mod parser;
mod placeholders;
#[cfg(test)]
mod protocol_examples;
mod reason;
mod recovery;
mod refusal;
mod remote_socket;
mod server;
mod socket;
mod socket_id;

pub use adapter::AdapterError;
pub use args::{ArgsError, RawArgs};
pub use arguments::Arguments;
pub use binary::Binary;
pub use bundles::{Bundle, Bundles};
pub use engineio::{
    ClientAddr, CloseReason, Config, Cookie, Delivery, Forbidden, Handshake, Headers, LatestKey,
    Message, Observer, Packet, RequestRefusal, RoomName, SameSite, Secure, SessionKey, Share,
    SlowConsumer, TransportKind,
};
pub use handler::{
    Ack, Args, BoxFuture, Context, Data, EventName, FromContext, Handler, Invalid, Refused,
    Rejection, State,
};
pub use listeners::{ListenError, ListenerId};
pub use namespace::{ConnectRequest, Namespace, NamespaceRef};
pub use operator::{BroadcastAnswers, Operator};
pub use outgoing::{Outgoing, Recipients};
pub use parser::Parser;
pub use reason::DisconnectReason;
pub use recovery::RecoveryBounds;
pub use refusal::{LastEvent, Refusal};
pub use remote_socket::RemoteSocket;
pub use server::{Builder, SocketIo};
pub use socket::{AckError, EmitError, Socket};
pub use socket_id::SocketId;

/// The code in `docs/socketio-concepts.md` is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/socketio-concepts.md")]
mod concepts {}
