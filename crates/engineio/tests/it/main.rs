//! The engine over in-memory streams, in virtual time.

mod client;
mod heartbeat;
mod leftovers;
mod order;
mod outbound;
mod polling;
mod server;
mod upgrade;
mod websocket;
