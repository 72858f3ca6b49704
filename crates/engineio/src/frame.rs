//! WebSocket frames (RFC 6455 §5): encoding what a server sends, decoding what a client sends.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use bytestring::ByteString;

/// The longest header of a frame from a server, which is never masked.
pub(crate) const MAX_HEADER: usize = 10;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
const MAX_CONTROL_PAYLOAD: u8 = 125;

/// A whole text message made of `parts`.
pub(crate) fn text(parts: &[&[u8]]) -> Bytes {
    let mut buffer = BytesMut::new();
    put_text(&mut buffer, parts);
    buffer.freeze()
}

/// Appends a whole text message made of `parts`.
pub(crate) fn put_text(buffer: &mut BytesMut, parts: &[&[u8]]) {
    put_header(buffer, OpCode::Text, parts.iter().map(|part| part.len()).sum());
    for part in parts {
        buffer.put_slice(part);
    }
}

/// Appends a whole binary message.
pub(crate) fn put_binary(buffer: &mut BytesMut, payload: &[u8]) {
    put_header(buffer, OpCode::Binary, payload.len());
    buffer.put_slice(payload);
}

/// A pong with the payload of the ping that it answers (§5.5.3).
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    let mut buffer = BytesMut::new();
    put_header(&mut buffer, OpCode::Pong, payload.len());
    buffer.put_slice(payload);
    buffer.freeze()
}

/// A close frame with a status code (§7.4).
pub(crate) fn close(code: u16) -> Bytes {
    let mut buffer = BytesMut::new();
    put_header(&mut buffer, OpCode::Close, 2);
    buffer.put_u16(code);
    buffer.freeze()
}

fn put_header(buffer: &mut BytesMut, opcode: OpCode, length: usize) {
    buffer.reserve(length + MAX_HEADER);
    buffer.put_u8(FIN | opcode as u8);
    if length <= usize::from(MAX_CONTROL_PAYLOAD) {
        buffer.put_u8(u8::try_from(length).expect("at most 125"));
    } else if let Ok(length) = u16::try_from(length) {
        buffer.put_u8(126);
        buffer.put_u16(length);
    } else {
        buffer.put_u8(127);
        buffer.put_u64(length as u64);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpCode {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
}

impl OpCode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return None,
        })
    }

    fn is_control(self) -> bool {
        self as u8 >= 0x8
    }
}

/// What the frames of a client amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incoming {
    Text(ByteString),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    /// With the status code that answers it: its own, or 1000 if it has none (§5.5.1).
    Close(u16),
}

/// Why a client's frames are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the frame breaks RFC 6455")]
    Protocol,
    #[error("the text is not UTF-8")]
    Utf8,
    #[error("the message is too large")]
    TooLarge,
}

impl FrameError {
    /// The status code of the close frame that answers it (RFC 6455 §7.4.1).
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Utf8 => 1007,
            Self::TooLarge => 1009,
        }
    }
}

/// Turns the bytes of a client into messages. It holds memory only while a frame or a message is
/// incomplete.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_payload: usize,
    /// The bytes of a frame that is not complete yet.
    partial: BytesMut,
    /// The fragments so far of a message that is not complete yet.
    fragments: Option<Box<Fragments>>,
}

#[derive(Debug)]
struct Fragments {
    text: bool,
    payload: BytesMut,
    /// How much of a text is known to be UTF-8: all but a character that may be cut.
    checked: usize,
}

struct Header {
    fin: bool,
    opcode: OpCode,
    length: usize,
    mask: [u8; 4],
    /// The length of the header itself.
    size: usize,
}

impl Decoder {
    /// A decoder that refuses messages of more than `max_payload` bytes.
    pub(crate) fn new(max_payload: usize) -> Self {
        Self { max_payload, partial: BytesMut::new(), fragments: None }
    }

    /// Takes what was read. It is unmasked in place; what is left over is kept.
    pub(crate) fn feed(
        &mut self,
        mut input: &mut [u8],
        out: &mut impl Extend<Incoming>,
    ) -> Result<(), FrameError> {
        if !self.partial.is_empty() {
            self.partial.extend_from_slice(input);
            return self.decode_partial(out);
        }
        while let Some(header) = self.header(input)? {
            let end = header.size + header.length;
            if input.len() < end {
                break;
            }
            let (frame, rest) = input.split_at_mut(end);
            let payload = &mut frame[header.size..];
            unmask(payload, header.mask);
            out.extend(self.frame(&header, payload)?);
            input = rest;
        }
        self.partial.extend_from_slice(input);
        Ok(())
    }

    /// The bytes that it keeps for what is incomplete.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn held(&self) -> usize {
        let fragments = self.fragments.as_ref().map_or(0, |fragments| fragments.payload.len());
        self.partial.len() + fragments
    }

    fn decode_partial(&mut self, out: &mut impl Extend<Incoming>) -> Result<(), FrameError> {
        while let Some(header) = self.header(&self.partial)? {
            if self.partial.len() < header.size + header.length {
                break;
            }
            self.partial.advance(header.size);
            let mut payload = self.partial.split_to(header.length);
            unmask(&mut payload, header.mask);
            out.extend(self.frame(&header, &payload)?);
        }
        if self.partial.is_empty() {
            self.partial = BytesMut::new();
        }
        Ok(())
    }

    /// The header at the start of `input`, checked; `None` while it is incomplete.
    fn header(&self, input: &[u8]) -> Result<Option<Header>, FrameError> {
        let [first, second, rest @ ..] = input else {
            return Ok(None);
        };
        let opcode = OpCode::from_bits(first & 0x0f).ok_or(FrameError::Protocol)?;
        if first & RESERVED != 0 || second & MASKED == 0 {
            return Err(FrameError::Protocol);
        }
        let fin = first & FIN != 0;
        if opcode.is_control() && (!fin || second & 0x7f > MAX_CONTROL_PAYLOAD) {
            return Err(FrameError::Protocol);
        }
        // Lengths may be longer than they need be, although §5.2 forbids it: no other server minds,
        // and the WebSockets of Arduinos write 65,535 in eight bytes.
        let (length, length_bytes) = match second & 0x7f {
            126 => match rest.first_chunk() {
                Some(length) => (u64::from(u16::from_be_bytes(*length)), 2),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(length) => (u64::from_be_bytes(*length), 8),
                None => return Ok(None),
            },
            short => (u64::from(short), 0),
        };
        let already = self.fragments.as_ref().map_or(0, |fragments| fragments.payload.len());
        let length = usize::try_from(length).map_err(|_| FrameError::TooLarge)?;
        if !opcode.is_control() && length > self.max_payload - already {
            return Err(FrameError::TooLarge);
        }
        let Some(mask) = rest.get(length_bytes..).and_then(<[u8]>::first_chunk) else {
            return Ok(None);
        };
        Ok(Some(Header { fin, opcode, length, mask: *mask, size: 2 + length_bytes + mask.len() }))
    }

    fn frame(&mut self, header: &Header, payload: &[u8]) -> Result<Option<Incoming>, FrameError> {
        match header.opcode {
            OpCode::Ping => Ok(Some(Incoming::Ping(Bytes::copy_from_slice(payload)))),
            OpCode::Pong => Ok(Some(Incoming::Pong)),
            OpCode::Close => close_code(payload).map(|code| Some(Incoming::Close(code))),
            OpCode::Continuation => self.continuation(header.fin, payload),
            OpCode::Text | OpCode::Binary => {
                self.data(header.fin, header.opcode == OpCode::Text, payload)
            }
        }
    }

    fn data(
        &mut self,
        fin: bool,
        text: bool,
        payload: &[u8],
    ) -> Result<Option<Incoming>, FrameError> {
        if self.fragments.is_some() {
            return Err(FrameError::Protocol);
        }
        if fin {
            return message(text, Bytes::copy_from_slice(payload)).map(Some);
        }
        let mut fragments = Fragments { text, payload: BytesMut::from(payload), checked: 0 };
        fragments.check()?;
        self.fragments = Some(Box::new(fragments));
        Ok(None)
    }

    fn continuation(&mut self, fin: bool, payload: &[u8]) -> Result<Option<Incoming>, FrameError> {
        let Some(fragments) = &mut self.fragments else {
            return Err(FrameError::Protocol);
        };
        fragments.payload.extend_from_slice(payload);
        if !fin {
            return fragments.check().map(|()| None);
        }
        let Some(whole) = self.fragments.take() else {
            return Ok(None);
        };
        message(whole.text, whole.payload.freeze()).map(Some)
    }
}

impl Fragments {
    /// Text that cannot become UTF-8 any more is refused before the rest of it is kept (§8.1).
    fn check(&mut self) -> Result<(), FrameError> {
        if !self.text {
            return Ok(());
        }
        match std::str::from_utf8(&self.payload[self.checked..]) {
            Ok(valid) => self.checked += valid.len(),
            Err(error) if error.error_len().is_some() => return Err(FrameError::Utf8),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }
}

fn message(text: bool, payload: Bytes) -> Result<Incoming, FrameError> {
    if text {
        ByteString::try_from(payload).map(Incoming::Text).map_err(|_| FrameError::Utf8)
    } else {
        Ok(Incoming::Binary(payload))
    }
}

/// The payload of a close frame is empty, or a permitted code and a reason in UTF-8 (§7.4).
fn close_code(payload: &[u8]) -> Result<u16, FrameError> {
    match payload {
        [] => Ok(1000),
        [_] => Err(FrameError::Protocol),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(FrameError::Protocol);
            }
            std::str::from_utf8(reason).map(|_| code).map_err(|_| FrameError::Utf8)
        }
    }
}

/// XORs `payload` with the repeated mask (§5.3), eight bytes at a time.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let word = u64::from_ne_bytes(chunk.try_into().expect("chunks of eight bytes"));
        chunk.copy_from_slice(&(word ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
