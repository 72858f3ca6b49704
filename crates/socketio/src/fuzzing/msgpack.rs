//! Packets of the msgpack parser.

use engineio::Message;

use super::{BOUNDS, content, encode};
use crate::decode::{self, Incoming, Kind};
use crate::msgpack::decode;
use crate::parser::Parser;

/// Decodes a packet, and checks what must hold if it is accepted.
///
/// # Panics
/// If something does not hold.
pub fn check_msgpack(message: &[u8]) {
    let Ok(packet) = decode(message, BOUNDS) else { return };
    content::check(&packet);
    let meaning = content::meaning(&packet);
    let canonical = encode_message(&packet);
    let again = decode(&canonical, BOUNDS).expect("what is encoded again is accepted");
    assert_eq!(content::meaning(&again), meaning, "what is encoded again is the same");
    assert_eq!(encode_message(&again), canonical);
    // Numbers of binary values may change: some may stand where nobody looks.
    if content::args(&packet).is_none_or(|args| args.attachments().is_empty()) {
        assert_eq!(again, packet, "to the last digit");
    }
    if packet.namespace.starts_with('/') && !packet.namespace.contains([',', '?']) {
        let other = by_the_other_parser(&again).map(|packet| content::meaning(&packet));
        assert_eq!(other, Some(meaning));
    }
}

pub(super) fn encode_message(packet: &Incoming) -> Vec<u8> {
    let messages = encode(Parser::MsgPack, packet).expect("what was received can be sent");
    match messages.as_slice() {
        [Message::Binary(bytes)] => bytes.to_vec(),
        other => panic!("packets are one binary message: {other:?}"),
    }
}

/// The packet after it was written and read by the default parser. Its CONNECT has no attachments.
fn by_the_other_parser(packet: &Incoming) -> Option<Incoming> {
    if let Kind::Connect { auth: Some(auth) } = &packet.kind
        && !auth.attachments().is_empty()
    {
        return Some(packet.clone());
    }
    let mut messages = encode(Parser::Default, packet).ok()?.into_iter();
    let Some(Message::Text(text)) = messages.next() else { return None };
    let mut decoded = decode::decode(&text, BOUNDS).ok()?;
    let attachments = messages.map(|message| match message {
        Message::Binary(bytes) => bytes,
        Message::Text(text) => panic!("attachments are binary: {text}"),
    });
    decoded.kind.attach(attachments.collect());
    Some(decoded)
}
