//! The engine over in-memory streams: a raw client on one side, a recording application on the
//! other, and virtual time unless a test says otherwise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod autobahn;
mod coalescing;
mod endings;
mod handshake;
mod heartbeat;
mod order;
mod outbound;
mod polling;
mod rooms;
mod selecting;
mod shutdown;
mod tcp;
mod upgrade;
mod upgrade_random;
mod websocket;
