//! Every example of the Engine.IO protocol document, byte for byte.
//!
//! <https://socket.io/docs/v4/engine-io-protocol/>. Its handshake, heartbeat and upgrade are exchanges
//! of these packets; `tests/it` has them.

use bytes::Bytes;
use bytestring::ByteString;

use crate::frame::{Decoder, Incoming};
use crate::outbox::Outbox;
use crate::payload::{ClientPacket, PacketError, decode, decode_text};
use crate::{Delivery, Message, Packet};

const BUFFER: &[u8] = &[1, 2, 3, 4];

fn buffer() -> Packet {
    Packet::new(Bytes::from_static(BUFFER))
}

fn message(message: impl Into<Message>) -> ClientPacket {
    ClientPacket::Message(message.into())
}

/// The body of the answer to a GET, with these packets.
fn payload(packets: impl IntoIterator<Item = Packet>) -> Bytes {
    let mut outbox = Outbox::default();
    for packet in packets {
        let length = packet.polling().len();
        outbox.push(packet, Delivery::Reliable, length);
    }
    outbox.take_payload(1000).unwrap()
}

/// What a client's frame amounts to. A mask of zeros leaves the payload as it is.
fn from_frame(head: [u8; 2], payload: &[u8]) -> Incoming {
    let mut bytes = [&head[..], &[0; 4], payload].concat();
    let mut messages = Vec::new();
    Decoder::new(1000).feed(&mut bytes, &mut messages).unwrap();
    let [message] = messages.try_into().unwrap();
    message
}

#[test]
fn packet_types() {
    let handshake = r#"{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
    let from_server = [
        ("0", Packet::open(handshake.to_owned())),
        ("1", Packet::close(1000)),
        ("2", Packet::control("2")),
        ("3probe", Packet::control("3probe")),
        ("4hello", Packet::new("hello")),
        ("6", Packet::control("6")),
    ];
    for (start, packet) in from_server {
        let rest = if start == "0" { handshake } else { "" };
        assert_eq!(packet.polling(), &format!("{start}{rest}"));
    }
    let from_client = [
        ("1", ClientPacket::Close),
        ("2probe", ClientPacket::Probe),
        ("3", ClientPacket::Pong),
        ("4hello", message("hello")),
        ("5", ClientPacket::Upgrade),
        ("6", ClientPacket::Noop),
    ];
    for (text, packet) in from_client {
        assert_eq!(decode_text(ByteString::from(text)), Ok(packet));
    }
}

#[test]
fn a_payload_of_several_packets() {
    let packets = [Packet::new("hello"), Packet::control("2"), Packet::new("world")];
    assert_eq!(payload(packets), "4hello\x1e2\x1e4world");
    // From a client its ping would be one in the wrong direction.
    assert_eq!(decode(Bytes::from_static(b"4hello\x1e2\x1e4world")), Err(PacketError));
    assert_eq!(
        decode(Bytes::from_static(b"4hello\x1e3\x1e4world")),
        Ok(vec![message("hello"), ClientPacket::Pong, message("world")])
    );
}

#[test]
fn a_payload_with_binary() {
    assert_eq!(payload([Packet::new("hello"), buffer()]), "4hello\x1ebAQIDBA==");
    assert_eq!(
        decode(Bytes::from_static(b"4hello\x1ebAQIDBA==")),
        Ok(vec![message("hello"), message(Bytes::from_static(BUFFER))])
    );
}

#[test]
fn packets_counted_in_characters_by_older_versions() {
    assert_eq!(payload([Packet::new("€")]), "4€");
    assert_eq!(decode(Bytes::from("4€")), Ok(vec![message("€")]));
}

#[test]
fn each_packet_in_a_frame() {
    assert_eq!(Packet::new("hello").websocket().as_ref(), b"\x81\x064hello");
    let text = ByteString::from_static("4hello");
    assert_eq!(from_frame([0x81, 0x86], b"4hello"), Incoming::Text(text.clone()));
    assert_eq!(decode_text(text), Ok(message("hello")));

    assert_eq!(buffer().websocket().as_ref(), b"\x82\x04\x01\x02\x03\x04");
    let binary = Incoming::Binary(Bytes::from_static(BUFFER));
    assert_eq!(from_frame([0x82, 0x84], BUFFER), binary);
}
