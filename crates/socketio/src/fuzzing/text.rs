//! Packets of the default parser.

use bytes::Bytes;
use bytestring::ByteString;
use engineio::Message;
use serde::Serialize;

use super::{BOUNDS, content, encode};
use crate::decode::{Incoming, Kind, decode};
use crate::parser::Parser;

/// Decodes a packet, and checks what must hold if it is accepted.
///
/// # Panics
/// If something does not hold.
pub fn check_packet(text: &[u8]) {
    let Ok(text) = ByteString::try_from(text) else { return };
    let Ok(packet) = decode(&text, BOUNDS) else { return };
    assert!(packet.namespace.starts_with('/') && !packet.namespace.contains([',', '?']));
    content::check(&packet);
    let canonical = encode_text(&packet);
    let again = decode(&canonical, BOUNDS);
    assert_eq!(again.as_ref(), Ok(&packet), "what is encoded again is the same: {canonical:?}");
    assert_eq!(again.as_ref().map(encode_text), Ok(canonical));
}

/// The text of a packet whose attachments are still to come, as this library writes it.
fn encode_text(packet: &Incoming) -> ByteString {
    let mut packet = packet.clone();
    packet.kind.attach(vec![Bytes::new(); packet.kind.attachments()]);
    let messages = encode(Parser::Default, &packet).expect("what was received can be sent");
    match messages.into_iter().next() {
        Some(Message::Text(text)) => text,
        other => panic!("packets begin with text: {other:?}"),
    }
}

/// A packet as differential checks see it.
#[derive(Debug, Serialize)]
pub struct Decoded {
    /// CONNECT, DISCONNECT, EVENT or ACK.
    kind: &'static str,
    namespace: String,
    id: Option<u64>,
    name: Option<String>,
    /// The payload of CONNECT, or the arguments as a JSON array.
    json: Option<String>,
    attachments: usize,
    /// The text of the same packet as this library writes it.
    again: String,
}

/// Decodes a packet, with the bounds of the fuzz target; `None` if it is refused.
pub fn decode_packet(text: &str) -> Option<Decoded> {
    let packet = decode(&ByteString::from(text), BOUNDS).ok()?;
    let again = encode_text(&packet).to_string();
    let namespace = packet.namespace.to_string();
    let attachments = packet.kind.attachments();
    let (kind, id, name, json) = match packet.kind {
        Kind::Connect { auth } => ("CONNECT", None, None, auth.map(|auth| auth.json().to_owned())),
        Kind::Disconnect => ("DISCONNECT", None, None, None),
        Kind::Event { id, name, args, .. } => {
            ("EVENT", id, Some(name.to_string()), Some(content::array(&args)))
        }
        Kind::Ack { id, args, .. } => ("ACK", Some(id), None, Some(content::array(&args))),
    };
    Some(Decoded { kind, namespace, id, name, json, attachments, again })
}
