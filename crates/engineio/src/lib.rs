//! An Engine.IO v4 server.
//!
//! Sessions are opened over HTTP long-polling or WebSocket and may be upgraded from the first to
//! the second. Everything that goes out goes through a [`Hub`], whose shards own the outboxes of
//! their sessions: what is sent in order arrives in order, a broadcast is encoded once, and a peer
//! that does not read delays nobody. What comes in is handed, message by message, to a
//! [`Connection`] of the [`Application`] above.
//!
//! Protocol: <https://socket.io/docs/v4/engine-io-protocol/>, WebSocket: RFC 6455.

mod application;
mod close;
mod compression;
mod config;
mod cookie;
mod deadlines;
mod driver;
mod engine;
mod frame;
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
pub use handshake::{ClientAddr, Handshake, Headers};
pub use hub::{Found, Hub, Recipients, Share};
pub use membership::{Member, Membership, Rooms};
pub use message::Message;
pub use observer::{Observer, SlowConsumer};
pub use packet::Packet;
pub use refusal::RequestRefusal;
pub use room::{Broadcast, Delivery, LatestKey, Position, RoomChange, RoomName, Scope, Selection};
pub use room_index::Entry;
pub use session::{Session, SessionId, SessionKey, TransportKind};
