//! WebSocket frames (RFC 6455 §5.2) as a client sees them.

/// Clients must mask what they send. A load need not be unguessable, so one key serves.
const MASK: [u8; 4] = [0x4d, 0x41, 0x53, 0x4b];

const FIN_TEXT: u8 = 0x81;

/// The second byte of a frame: whether it is masked, and what follows instead of a short length.
const MASKED: u8 = 0x80;
const MEDIUM: u8 = 0x7e;
const LONG: u8 = 0x7f;

/// Appends a masked text frame.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(FIN_TEXT);
    match text.len() {
        length @ 0..126 => out.push(MASKED | u8::try_from(length).expect("below 126")),
        length @ 126..0x1_0000 => {
            out.push(MASKED | MEDIUM);
            out.extend(u16::try_from(length).expect("below 2^16").to_be_bytes());
        }
        length => {
            out.push(MASKED | LONG);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(text.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// What a server's frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    Text(&'a [u8]),
    Close,
    /// Nothing that a Socket.IO server has a reason to send here.
    Unexpected(u8),
}

/// The first whole frame of `input` and what follows it, or `None` if it is not whole yet.
pub(crate) fn next_frame(input: &[u8]) -> Option<(Payload<'_>, &[u8])> {
    let (&[first, second], rest) = input.split_first_chunk::<2>()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*bytes)), rest)
        }
        127 => {
            let (bytes, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*bytes)).unwrap_or(usize::MAX), rest)
        }
        short => (usize::from(short), rest),
    };
    let (payload, rest) = rest.split_at_checked(length)?;
    let payload = match first {
        FIN_TEXT => Payload::Text(payload),
        0x88 => Payload::Close,
        other => Payload::Unexpected(other),
    };
    Some((payload, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same frame, unmasked, as a server would send it.
    fn from_server(text: &[u8]) -> Vec<u8> {
        let mut masked = Vec::new();
        put_text(&mut masked, text);
        let header = masked.len() - text.len() - MASK.len();
        let mut frame = masked[..header].to_vec();
        frame[1] &= 0x7f;
        frame.extend(text);
        frame
    }

    #[test]
    fn frames_of_every_length_class_are_read_back() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let text = vec![b'x'; length];
            let mut input = from_server(&text);
            input.push(0x81);
            let (payload, rest) = next_frame(&input).unwrap();
            assert_eq!(payload, Payload::Text(&text));
            assert_eq!(rest, [0x81]);
            for cut in [0, 1, 2, input.len() - 2] {
                assert_eq!(next_frame(&input[..cut]).is_some(), cut == input.len() - 1, "{cut}");
            }
        }
    }

    #[test]
    fn what_is_sent_is_masked() {
        let mut frame = Vec::new();
        put_text(&mut frame, b"40");
        assert_eq!(frame, [0x81, 0x82, 0x4d, 0x41, 0x53, 0x4b, b'4' ^ 0x4d, b'0' ^ 0x41]);
    }
}
