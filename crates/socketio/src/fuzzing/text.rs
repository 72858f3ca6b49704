//! Packets of the default parser.

use bytes::Bytes;
use bytestring::ByteString;
use engineio::Message;

use super::{BOUNDS, content, encode};
use crate::decode::{Incoming, decode};
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
pub(super) fn encode_text(packet: &Incoming) -> ByteString {
    let mut packet = packet.clone();
    packet.kind.attach(vec![Bytes::new(); packet.kind.attachments()]);
    let messages = encode(Parser::Default, &packet).expect("what was received can be sent");
    match messages.into_iter().next() {
        Some(Message::Text(text)) => text,
        other => panic!("packets begin with text: {other:?}"),
    }
}
