//! Socket.IO over in-memory streams, in virtual time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod events;
mod faults;
mod front;
mod lifecycle;
mod many;
mod model;
mod msgpack;
mod operators;
mod polling;
mod recovery;
mod sample_session;
