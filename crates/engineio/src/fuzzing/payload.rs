//! Long-polling payloads.

use bytes::Bytes;
use bytestring::ByteString;

use crate::payload::{ClientPacket, SEPARATOR, decode, decode_text};
use crate::{Message, Packet};

/// Decodes a body as the engine does, and checks what must hold whether it is accepted or not.
///
/// # Panics
/// If something does not hold.
pub fn check_payload(body: &[u8]) {
    let whole = decode(Bytes::copy_from_slice(body));
    let parts = body.split(|byte| *byte == SEPARATOR);
    let one_by_one = parts
        .map(|part| decode(Bytes::copy_from_slice(part)))
        .collect::<Result<Vec<_>, _>>()
        .map(|packets| packets.concat());
    assert_eq!(whole, one_by_one, "a payload is as good as its packets");
    let Ok(packets) = whole else { return };
    check_size(body, &packets);
    check_texts(body, &packets);
    let canonical = encode(&packets);
    assert_eq!(decode(canonical.clone()), Ok(packets), "what is encoded again is the same");
    assert_eq!(encode(&decode(canonical.clone()).unwrap_or_default()), canonical);
}

/// A payload as differential checks see it.
#[derive(Debug)]
pub struct Decoded {
    /// The type of each packet, and the message that it carries.
    pub packets: Vec<(&'static str, Option<Message>)>,
    /// The same payload as this library writes it.
    pub again: Bytes,
}

/// Decodes a payload; `None` if it is refused.
pub fn decode_payload(body: &str) -> Option<Decoded> {
    let packets = decode(Bytes::copy_from_slice(body.as_bytes())).ok()?;
    let again = encode(&packets);
    let named = packets.into_iter().map(|packet| match packet {
        ClientPacket::Close => ("close", None),
        ClientPacket::Pong => ("pong", None),
        ClientPacket::Probe => ("ping", None),
        ClientPacket::Upgrade => ("upgrade", None),
        ClientPacket::Noop => ("noop", None),
        ClientPacket::Message(message) => ("message", Some(message)),
    });
    Some(Decoded { packets: named.collect(), again })
}

/// Nothing is made larger than it came.
fn check_size(body: &[u8], packets: &[ClientPacket]) {
    let sizes = packets.iter().map(|packet| match packet {
        ClientPacket::Message(message) => message.len() + 1,
        _ => 1,
    });
    let separators = packets.len() - 1;
    assert!(sizes.sum::<usize>() + separators <= body.len());
}

/// Over WebSocket each of the packets means the same.
fn check_texts(body: &[u8], packets: &[ClientPacket]) {
    let parts = body.split(|byte| *byte == SEPARATOR);
    for (part, packet) in parts.zip(packets) {
        let text = ByteString::try_from(part).expect("what was decoded is UTF-8");
        assert_eq!(decode_text(text).as_ref(), Ok(packet));
    }
}

fn encode(packets: &[ClientPacket]) -> Bytes {
    let encoded = packets.iter().map(|packet| match packet {
        ClientPacket::Close => Bytes::from_static(b"1"),
        ClientPacket::Probe => Bytes::from_static(b"2probe"),
        ClientPacket::Pong => Bytes::from_static(b"3"),
        ClientPacket::Upgrade => Bytes::from_static(b"5"),
        ClientPacket::Noop => Bytes::from_static(b"6"),
        ClientPacket::Message(message) => Packet::new(message.clone()).polling().clone(),
    });
    Bytes::from(encoded.collect::<Vec<_>>().join(&SEPARATOR))
}
