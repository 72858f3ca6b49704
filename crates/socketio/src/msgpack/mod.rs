//! Packets as socket.io-msgpack-parser 3 makes them: each is one binary message, a map with the
//! keys `type`, `nsp`, `data` and `id`.
//!
//! Inside the server everything is JSON with placeholders for binary values, whatever the parser
//! is. It is translated where packets come in ([`to_json`]) and go out ([`from_json`]).
//! [`Parser::MsgPack`](crate::Parser::MsgPack) says what becomes of what only one of the two can say.

mod decode;
mod encode;
mod from_json;
mod to_json;

#[cfg(test)]
mod tests;

pub(crate) use self::decode::decode;
pub(crate) use self::encode::{Data, packet};
