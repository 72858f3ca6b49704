//! WebSocket frames.

use bytes::Bytes;

use crate::frame::{Decoder, FrameError, Incoming};

/// The largest header of a client's frame, and what a control frame may hold beside any bound.
const HEADER: usize = 14;
const CONTROL: usize = 125;

/// Decodes what a client sends, and checks what must hold however it is cut. The first two bytes
/// of the input are the bound of a message, the third decides on the cuts.
///
/// # Panics
/// If something does not hold.
pub fn check_frames(input: &[u8]) {
    let Some((&[high, low, seed], stream)) = input.split_first_chunk() else { return };
    let bound = usize::from(u16::from_be_bytes([high, low]));
    let mut cuts = Cuts(seed);
    let whole = decode(bound, vec![stream.to_vec()]);
    assert_eq!(decode(bound, cuts.pieces(stream)), whole, "cut anywhere");
    assert_eq!(decode(bound, stream.chunks(1).map(<[u8]>::to_vec).collect()), whole, "in octets");
    let (messages, _) = whole;
    for message in &messages {
        check_bound(bound, message);
    }
    let again = messages.iter().flat_map(|message| encode(message, &mut cuts)).collect::<Vec<_>>();
    assert_eq!(decode(bound, cuts.pieces(&again)), (messages, None), "encoded again");
}

fn check_bound(bound: usize, message: &Incoming) {
    match message {
        Incoming::Text(text) => assert!(text.len() <= bound),
        Incoming::Binary(bytes) => assert!(bytes.len() <= bound),
        Incoming::Ping(bytes) => assert!(bytes.len() <= CONTROL),
        Incoming::Pong => {}
        Incoming::Close(code) => assert!((1000..5000).contains(code)),
    }
}

/// What becomes of the pieces, and why the decoder gave up, if it did.
fn decode(bound: usize, pieces: Vec<Vec<u8>>) -> (Vec<Incoming>, Option<FrameError>) {
    let mut decoder = Decoder::new(bound);
    let mut messages = Vec::new();
    for mut piece in pieces {
        if let Err(error) = decoder.feed(&mut piece, &mut messages) {
            return (messages, Some(error));
        }
        assert!(decoder.held() <= bound.max(CONTROL) + HEADER, "held: {}", decoder.held());
    }
    (messages, None)
}

/// The frames that a client could have sent a message in.
fn encode(message: &Incoming, cuts: &mut Cuts) -> Vec<u8> {
    match message {
        Incoming::Text(text) => in_fragments(0x1, text.as_bytes(), cuts),
        Incoming::Binary(bytes) => in_fragments(0x2, bytes, cuts),
        Incoming::Ping(payload) => frame(0x89, payload, cuts),
        Incoming::Pong => frame(0x8a, b"", cuts),
        Incoming::Close(code) => frame(0x88, &Bytes::copy_from_slice(&code.to_be_bytes()), cuts),
    }
}

fn in_fragments(opcode: u8, payload: &[u8], cuts: &mut Cuts) -> Vec<u8> {
    let pieces = cuts.pieces(payload);
    let last = pieces.len() - 1;
    let fragments = pieces.iter().enumerate().map(|(at, piece)| {
        let opcode = if at == 0 { opcode } else { 0 };
        frame(if at == last { 0x80 | opcode } else { opcode }, piece, cuts)
    });
    fragments.collect::<Vec<_>>().concat()
}

fn frame(first: u8, payload: &[u8], cuts: &mut Cuts) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).expect("at most 125")),
        length => {
            frame.push(0x80 | 0x7e);
            frame.extend(u16::try_from(length).expect("at most the bound").to_be_bytes());
        }
    }
    let mask = [cuts.next(), cuts.next(), cuts.next(), cuts.next()];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// Where to cut, determined by one byte.
struct Cuts(u8);

impl Cuts {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(77).wrapping_add(41);
        self.0
    }

    /// The same bytes in pieces of different sizes, at least one.
    fn pieces(&mut self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        loop {
            let size = match self.next() {
                // So small that characters are cut.
                tiny @ 0..0x60 => usize::from(tiny >> 5) + 1,
                small @ 0x60..0xc0 => usize::from(small >> 3),
                large => usize::from(large) << 4,
            };
            let (piece, rest) = bytes.split_at(size.min(bytes.len()));
            pieces.push(piece.to_vec());
            bytes = rest;
            if bytes.is_empty() {
                return pieces;
            }
        }
    }
}
