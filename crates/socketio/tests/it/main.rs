//! Socket.IO over in-memory streams, in virtual time.

mod client;
mod events;
mod lifecycle;
