//! Socket.IO over in-memory streams, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod cluster;
mod events;
mod faults;
mod front;
mod guards;
mod handshake;
mod lifecycle;
mod listeners;
mod many;
mod middlewares;
mod model;
mod mounting;
mod msgpack;
mod namespaces;
mod operators;
mod outgoing;
mod polling;
mod recovery;
mod sample_session;
