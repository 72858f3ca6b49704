#![doc = include_str!("../README.md")]
//!
//! Begin with [`Hub::start`] and [`Engine::new`]; [`Application`] and [`Connection`] are what runs on
//! top.
//!
//! Protocol: <https://socket.io/docs/v4/engine-io-protocol/>, WebSocket: RFC 6455.

#![deny(missing_docs)]

mod application;
mod close;
mod compression;
mod config;
mod cookie;
mod deadlines;
mod driver;
mod engine;
mod frame;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod handshake;
mod hub;
mod inbox;
mod membership;
mod message;
mod observer;
mod outbox;
mod packet;
mod payload;
mod polling;
#[cfg(test)]
mod protocol_examples;
mod reader;
mod refusal;
mod room;
mod room_index;
mod session;
mod shard;
mod transport;
mod websocket;

pub use application::{Application, Connection};
pub use close::CloseReason;
pub use config::Config;
pub use cookie::{Cookie, SameSite};
pub use engine::Engine;
pub use gate::Forbidden;
pub use handshake::{ClientAddr, Handshake, Headers, Secure};
pub use hub::{Found, Hub, Recipients, Share};
pub use membership::{Member, Membership, Rooms};
pub use message::Message;
pub use observer::{Observer, SlowConsumer};
pub use packet::Packet;
pub use refusal::RequestRefusal;
pub use room::{Broadcast, Delivery, LatestKey, Position, RoomChange, RoomName, Scope, Selection};
pub use room_index::Entry;
pub use session::{Session, SessionId, SessionKey, TransportKind};
