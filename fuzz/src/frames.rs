//! Mutations of WebSocket frames, which see through their masks.

use fastrand::Rng;

use crate::bytes;

/// What stands before the frames: a bound, and where to cut.
const SETTINGS: usize = 3;

/// A frame as it can be changed; its length follows from its payload.
#[derive(Debug, Clone)]
struct Frame {
    /// FIN, the reserved bits and the opcode.
    first: u8,
    length: Length,
    mask: Option<[u8; 4]>,
    payload: Vec<u8>,
}

/// How a length is written.
#[derive(Debug, Clone, Copy)]
enum Length {
    Shortest,
    Two,
    Eight,
    /// Not that of the payload.
    Wrong(u64),
}

pub(crate) fn mutate(input: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
    let (settings, stream) = input.split_at(SETTINGS.min(input.len()));
    let mut settings = settings.to_vec();
    let mut frames = parse(stream);
    let at = random.usize(..=frames.len());
    match random.u8(..10) {
        0 => {
            settings.resize(SETTINGS, 0);
            settings[random.usize(..SETTINGS)] = random.u8(..);
        }
        1 if at < frames.len() => drop(frames.remove(at)),
        2 if at < frames.len() => frames.insert(at, frames[at].clone()),
        3 => {
            let other = parse(other.get(SETTINGS..).unwrap_or_default());
            let from = random.usize(..=other.len());
            frames.splice(at..at, other.into_iter().skip(from).take(3));
        }
        4 => frames.insert(at, invent(random)),
        5 if at < frames.len() => divide(&mut frames, at, random),
        _ if at < frames.len() => frames[at].mutate(random),
        _ => {
            let mut raw = input.to_vec();
            bytes::mutate(&mut raw, random);
            return raw;
        }
    }
    let frames = frames.iter().flat_map(Frame::encode);
    settings.into_iter().chain(frames).collect()
}

/// Makes two fragments of a frame.
fn divide(frames: &mut Vec<Frame>, at: usize, random: &mut Rng) {
    let first = &mut frames[at];
    let mut second = first.clone();
    second.payload = first.payload.split_off(random.usize(..=first.payload.len()));
    second.first &= 0xf0;
    first.first &= 0x7f;
    frames.insert(at + 1, second);
}

fn invent(random: &mut Rng) -> Frame {
    let payload: &[&[u8]] =
        &[b"", b"4", b"\x03\xe8", b"\x03\xed", b"4\xe2\x82\xac", b"\xed\xa0\x80"];
    let mut payload = random.choice(payload).map_or_else(Vec::new, |payload| payload.to_vec());
    let long = [125, 126, 300, 65_535, 65_536];
    if random.u8(..8) == 0 {
        payload.resize(random.choice(long).unwrap_or(126), b'x');
    }
    let first = random.choice([0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a]).unwrap_or(0x81);
    Frame { first, length: Length::Shortest, mask: Some([0; 4]), payload }
}

impl Frame {
    fn mutate(&mut self, random: &mut Rng) {
        match random.u8(..8) {
            0 => self.first ^= 0x80,
            1 => self.first = (self.first & 0xf0) | random.u8(..16),
            2 => self.first ^= 1 << random.u8(4..7),
            3 => self.mask = random.u8(..8).gt(&0).then(|| random.u32(..).to_be_bytes()),
            4 => {
                let wrong = [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 32, 1 << 63, u64::MAX];
                let wrong = Length::Wrong(random.choice(wrong).unwrap_or(1));
                let lengths = [Length::Shortest, Length::Two, Length::Eight, wrong];
                self.length = random.choice(lengths).unwrap_or(wrong);
            }
            _ => bytes::mutate(&mut self.payload, random),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let length = self.payload.len() as u64;
        let mut frame = vec![self.first];
        match (self.length, length) {
            (Length::Shortest, 0..=125) => frame.push(masked | length.to_be_bytes()[7]),
            (Length::Shortest, 126..=0xffff) | (Length::Two, _) => {
                frame.push(masked | 0x7e);
                frame.extend(&length.to_be_bytes()[6..]);
            }
            (Length::Shortest | Length::Eight, _) => {
                frame.push(masked | 0x7f);
                frame.extend(length.to_be_bytes());
            }
            (Length::Wrong(wrong), _) => {
                frame.push(masked | 0x7f);
                frame.extend(wrong.to_be_bytes());
            }
        }
        let mask = self.mask.unwrap_or_default();
        frame.extend(self.mask.iter().flatten());
        frame.extend(self.payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    }
}

/// The frames of a stream; what is no frame any more counts as a last one that is cut short.
fn parse(mut stream: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some((frame, rest)) = parse_one(stream) {
        frames.push(frame);
        stream = rest;
    }
    frames
}

fn parse_one(stream: &[u8]) -> Option<(Frame, &[u8])> {
    let (&[first, second], rest) = stream.split_first_chunk()?;
    let (written, said, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (Length::Two, u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (Length::Eight, u64::from_be_bytes(*length), rest)
        }
        short => (Length::Shortest, u64::from(short), rest),
    };
    let (mask, rest) = if second & 0x80 == 0 {
        (None, rest)
    } else {
        let (mask, rest) = rest.split_first_chunk()?;
        (Some(*mask), rest)
    };
    let length = usize::try_from(said).unwrap_or(usize::MAX).min(rest.len());
    let (payload, rest) = rest.split_at(length);
    let is_whole = length as u64 == said;
    let key = mask.unwrap_or_default();
    let payload = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    let length = if is_whole { written } else { Length::Wrong(said) };
    Some((Frame { first, length, mask, payload }, rest))
}
