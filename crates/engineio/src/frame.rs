//! WebSocket frames (RFC 6455 §5).

use bytes::{BufMut, Bytes, BytesMut};

/// The longest header of a frame from a server, which is never masked.
pub(crate) const MAX_HEADER: usize = 10;

const FIN: u8 = 0x80;

/// A whole text message made of `parts`.
pub(crate) fn text(parts: &[&[u8]]) -> Bytes {
    let mut buffer = BytesMut::new();
    put_text(&mut buffer, parts);
    buffer.freeze()
}

/// Appends a whole text message made of `parts`.
pub(crate) fn put_text(buffer: &mut BytesMut, parts: &[&[u8]]) {
    put_header(buffer, 0x1, parts.iter().map(|part| part.len()).sum());
    for part in parts {
        buffer.put_slice(part);
    }
}

/// Appends a whole binary message.
pub(crate) fn put_binary(buffer: &mut BytesMut, payload: &[u8]) {
    put_header(buffer, 0x2, payload.len());
    buffer.put_slice(payload);
}

/// A close frame with a status code (§7.4).
pub(crate) fn close(code: u16) -> Bytes {
    let mut buffer = BytesMut::with_capacity(4);
    put_header(&mut buffer, 0x8, 2);
    buffer.put_u16(code);
    buffer.freeze()
}

fn put_header(buffer: &mut BytesMut, opcode: u8, length: usize) {
    buffer.reserve(length + MAX_HEADER);
    buffer.put_u8(FIN | opcode);
    match length {
        0..=125 => buffer.put_u8(u8::try_from(length).expect("at most 125")),
        126..=0xffff => {
            buffer.put_u8(126);
            buffer.put_u16(u16::try_from(length).expect("at most 65535"));
        }
        _ => {
            buffer.put_u8(127);
            buffer.put_u64(length as u64);
        }
    }
}
