//! Engine.IO packets from clients, alone (WebSocket) or joined to a long-polling payload.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use bytestring::ByteString;

use crate::Message;

/// Separates the packets of a payload (U+001E).
pub(crate) const SEPARATOR: u8 = 0x1e;

/// The packets that a client may send (Engine.IO v4, "Packet types").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientPacket {
    Close,
    Pong,
    /// Both the payloads "probe" (ping) and the upgrade itself.
    Probe,
    Upgrade,
    Noop,
    Message(Message),
}

/// The packet is not one that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed Engine.IO packet")]
pub(crate) struct PacketError;

/// Decodes one text packet.
pub(crate) fn decode_text(text: ByteString) -> Result<ClientPacket, PacketError> {
    match &text.as_bytes()[..] {
        [b'4', ..] => {
            let bytes = text.into_bytes();
            // The type is one byte of ASCII, so what follows is still UTF-8.
            let rest = ByteString::try_from(bytes.slice(1..)).map_err(|_| PacketError)?;
            Ok(ClientPacket::Message(Message::Text(rest)))
        }
        // From clients that are told to use base64 for everything, over WebSocket too.
        [b'b', encoded @ ..] => {
            let bytes = STANDARD.decode(encoded).map_err(|_| PacketError)?;
            Ok(ClientPacket::Message(Message::Binary(Bytes::from(bytes))))
        }
        [b'3', ..] => Ok(ClientPacket::Pong),
        [b'1'] => Ok(ClientPacket::Close),
        b"2probe" => Ok(ClientPacket::Probe),
        [b'5'] => Ok(ClientPacket::Upgrade),
        [b'6'] => Ok(ClientPacket::Noop),
        _ => Err(PacketError),
    }
}

/// Decodes a long-polling payload, all of it or nothing.
pub(crate) fn decode(body: Bytes) -> Result<Vec<ClientPacket>, PacketError> {
    let text = ByteString::try_from(body).map_err(|_| PacketError)?;
    text.split(char::from(SEPARATOR)).map(|part| decode_part(&text, part)).collect()
}

fn decode_part(whole: &ByteString, part: &str) -> Result<ClientPacket, PacketError> {
    match decode_text(whole.slice_ref(part))? {
        // A WebSocket is probed over itself.
        ClientPacket::Probe => Err(PacketError),
        packet => Ok(packet),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Packet;

    #[test]
    fn malformed_payloads_are_refused_as_a_whole() {
        for body in
            ["", "abc", "4a\x1e", "4a\x1e9", "b!", "2", "0{}", "4a\x1e\x1e4b", "4a\x1e2probe"]
        {
            assert_eq!(decode(Bytes::from(body)), Err(PacketError), "{body:?}");
        }
        assert_eq!(decode(Bytes::from_static(b"4\xff")), Err(PacketError));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            text in "[^\x1e]{0,50}",
            binary in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let messages = vec![Message::from(text), Message::Binary(Bytes::from(binary))];
            let encoded = Packet::sequence(messages.clone()).polling().clone();
            let expected = messages.into_iter().map(ClientPacket::Message).collect::<Vec<_>>();
            prop_assert_eq!(decode(encoded), Ok(expected));
        }

        #[test]
        fn no_input_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(decode(Bytes::from(body)));
        }
    }
}
