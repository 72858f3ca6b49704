//! What differential checks see of a packet.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytestring::ByteString;
use serde::Serialize;

use super::{BOUNDS, content, msgpack, text};
use crate::args::RawArgs;
use crate::decode::{Incoming, Kind, decode};

/// A packet that was accepted.
#[derive(Debug, Serialize)]
pub struct Decoded {
    /// CONNECT, DISCONNECT, EVENT or ACK.
    kind: &'static str,
    namespace: String,
    id: Option<u64>,
    name: Option<String>,
    /// The payload of CONNECT, or the arguments as a JSON array.
    json: Option<String>,
    /// How many attachments are still to come.
    attachments: usize,
    /// Those that have come, in base64.
    binaries: Vec<String>,
    /// The same packet as this library writes it: its text, or all of it in base64.
    again: String,
}

/// Decodes the text of a packet, with the bounds of the fuzz target; `None` if it is refused.
pub fn decode_packet(text: &str) -> Option<Decoded> {
    let packet = decode(&ByteString::from(text), BOUNDS).ok()?;
    let again = text::encode_text(&packet).to_string();
    Some(Decoded::new(&packet, again))
}

/// The same for MessagePack.
pub fn decode_msgpack(message: &[u8]) -> Option<Decoded> {
    let packet = crate::msgpack::decode(message, BOUNDS).ok()?;
    let again = STANDARD.encode(msgpack::encode_message(&packet));
    Some(Decoded::new(&packet, again))
}

impl Decoded {
    fn new(packet: &Incoming, again: String) -> Self {
        let (kind, id, name, json) = match &packet.kind {
            Kind::Connect { auth } => {
                ("CONNECT", None, None, auth.as_ref().map(|auth| auth.json().to_owned()))
            }
            Kind::Disconnect => ("DISCONNECT", None, None, None),
            Kind::Event { id, name, args, .. } => {
                ("EVENT", *id, Some(name.to_string()), Some(content::array(args)))
            }
            Kind::Ack { id, args, .. } => ("ACK", Some(*id), None, Some(content::array(args))),
        };
        let namespace = packet.namespace.to_string();
        let attachments = packet.kind.attachments();
        let binaries = content::args(packet).map_or(&[][..], RawArgs::attachments);
        let binaries = binaries.iter().map(|bytes| STANDARD.encode(bytes)).collect();
        Self { kind, namespace, id, name, json, attachments, binaries, again }
    }
}
