//! The engine over in-memory streams: a raw client on one side, a recording application on the
//! other, and virtual time unless a test says otherwise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod allow_request;
mod autobahn;
mod bounds;
mod coalescing;
mod compression;
mod cookie;
mod endings;
mod handshake;
mod heartbeat;
mod observer;
mod order;
mod outbound;
mod polling;
mod rooms;
mod selecting;
mod shutdown;
mod tcp;
mod upgrade;
mod upgrade_random;
mod volatile;
mod websocket;
