//! What holds for every input of the decoders. The targets of `fuzz/` call this; it is part of no
//! interface.

mod content;
mod decoded;
mod msgpack;
mod text;

pub use decoded::{Decoded, decode_msgpack, decode_packet};
pub use msgpack::check_msgpack;
pub use text::check_packet;

use engineio::Message;

use crate::decode::{Bounds, Incoming, Kind};
use crate::encode::{Encoder, PacketType};
use crate::parser::Parser;

const BOUNDS: Bounds = Bounds { attachments: 10, nesting: 32, bytes: 1 << 20 };

/// The messages of the same packet as this library writes it.
fn encode(parser: Parser, packet: &Incoming) -> Result<Vec<Message>, serde_json::Error> {
    let encoder = Encoder::new(parser, &packet.namespace);
    let packet = match &packet.kind {
        Kind::Connect { auth } => {
            let auth = auth.as_ref().map(|auth| (auth.json().to_owned(), auth.attachments()));
            return Ok(vec![connect(parser, &packet.namespace, auth)?]);
        }
        Kind::Disconnect => return Ok(vec![encoder.disconnect()]),
        Kind::Event { id, name, args, .. } => {
            let draft = encoder.draft(name, args)?;
            match id {
                Some(id) => draft.with_ack(*id),
                None => draft.packet(),
            }
        }
        Kind::Ack { id, args, .. } => encoder.ack(*id, args)?,
    };
    Ok(packet.messages().to_vec())
}

/// What only clients send.
fn connect(
    parser: Parser,
    namespace: &str,
    auth: Option<(String, &[bytes::Bytes])>,
) -> Result<Message, serde_json::Error> {
    match parser {
        Parser::Default => {
            let json = auth.map(|(json, _)| json).unwrap_or_default();
            let address = if namespace == "/" { String::new() } else { format!("{namespace},") };
            Ok(Message::from(format!("0{address}{json}")))
        }
        Parser::MsgPack => {
            let data = auth.map(|(json, attachments)| (json, attachments.to_vec()));
            crate::msgpack::packet(PacketType::Connect, namespace, None, data)
        }
    }
}
