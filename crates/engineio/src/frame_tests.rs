use proptest::prelude::*;

use super::*;

const LIMIT: usize = 100_000;

/// A frame as a client would send it.
fn client_frame(fin: bool, opcode: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut out = vec![if fin { 0x80 | opcode } else { opcode }];
    match payload.len() {
        0..=125 => out.push(0x80 | u8::try_from(payload.len()).unwrap()),
        126..=0xffff => {
            out.push(0x80 + 126);
            out.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        length => {
            out.push(0x80 + 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

fn decode(bytes: &[u8]) -> Result<Vec<Incoming>, FrameError> {
    decode_in_pieces(bytes, bytes.len().max(1))
}

fn decode_in_pieces(bytes: &[u8], piece: usize) -> Result<Vec<Incoming>, FrameError> {
    let mut decoder = Decoder::new(LIMIT);
    let mut out = Vec::new();
    for part in bytes.to_vec().chunks_mut(piece) {
        decoder.feed(part, &mut out)?;
    }
    Ok(out)
}

fn text_event(text: &str) -> Incoming {
    Incoming::Text(ByteString::from(text))
}

#[test]
fn control_frames_may_stand_between_fragments() {
    let mut bytes = client_frame(false, 0x1, b"he", [1, 2, 3, 4]);
    bytes.extend(client_frame(true, 0x9, b"?", [9, 9, 9, 9]));
    bytes.extend(client_frame(true, 0x0, b"llo", [5, 6, 7, 8]));
    let expected = vec![Incoming::Ping(Bytes::from_static(b"?")), text_event("hello")];
    assert_eq!(decode(&bytes), Ok(expected));
}

#[test]
fn utf8_may_be_split_over_fragments_but_must_be_whole_at_the_end() {
    let euro = "€".as_bytes();
    let mut split = client_frame(false, 0x1, &euro[..1], [0; 4]);
    split.extend(client_frame(true, 0x0, &euro[1..], [0; 4]));
    assert_eq!(decode(&split), Ok(vec![text_event("€")]));
    assert_eq!(decode(&client_frame(true, 0x1, &euro[..2], [0; 4])), Err(FrameError::Utf8));
}

#[test]
fn breaches_of_the_protocol_are_refused() {
    let unmasked = frame_without_mask();
    let cases: [(&str, Vec<u8>); 10] = [
        ("unmasked", unmasked),
        ("reserved bit", {
            let mut f = client_frame(true, 0x1, b"x", [0; 4]);
            f[0] |= 0x40;
            f
        }),
        ("reserved opcode", client_frame(true, 0x3, b"x", [0; 4])),
        ("fragmented ping", client_frame(false, 0x9, b"", [0; 4])),
        ("long ping", client_frame(true, 0x9, &[0; 126], [0; 4])),
        ("continuation of nothing", client_frame(true, 0x0, b"x", [0; 4])),
        ("message inside a message", {
            let mut f = client_frame(false, 0x1, b"x", [0; 4]);
            f.extend(client_frame(true, 0x1, b"y", [0; 4]));
            f
        }),
        ("close with one byte", client_frame(true, 0x8, b"x", [0; 4])),
        ("close code 999", client_frame(true, 0x8, &999_u16.to_be_bytes(), [0; 4])),
        ("close code 1005", client_frame(true, 0x8, &1005_u16.to_be_bytes(), [0; 4])),
    ];
    for (name, bytes) in cases {
        assert_eq!(decode(&bytes), Err(FrameError::Protocol), "{name}");
    }
}

fn frame_without_mask() -> Vec<u8> {
    vec![0x81, 0x01, b'x']
}

#[test]
fn size_is_bounded_before_anything_is_kept() {
    let mut huge = vec![0x82, 0x80 + 127];
    huge.extend(u64::MAX.to_be_bytes());
    huge.extend([0; 4]);
    assert_eq!(decode(&huge), Err(FrameError::TooLarge));

    let half = vec![0; LIMIT / 2 + 1];
    let mut fragments = client_frame(false, 0x2, &half, [0; 4]);
    fragments.extend(client_frame(true, 0x0, &half, [0; 4]));
    assert_eq!(decode(&fragments), Err(FrameError::TooLarge));
}

#[test]
fn a_decoder_at_rest_holds_no_memory() {
    let mut decoder = Decoder::new(LIMIT);
    let mut out = Vec::new();
    let bytes = client_frame(true, 0x1, b"hello", [1, 2, 3, 4]);
    for part in bytes.clone().chunks_mut(3) {
        decoder.feed(part, &mut out).unwrap();
    }
    assert_eq!(out, vec![text_event("hello")]);
    assert_eq!(decoder.partial.capacity(), 0);
}

proptest! {
    #[test]
    fn messages_survive_any_division(
        messages in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..70_000)), 1..4),
        mask: [u8; 4],
        piece in 1_usize..5_000,
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (as_text, payload) in messages {
            if as_text {
                let text = String::from_utf8_lossy(&payload[..payload.len().min(20_000)]).into_owned();
                bytes.extend(client_frame(true, 0x1, text.as_bytes(), mask));
                expected.push(text_event(&text));
            } else {
                bytes.extend(client_frame(true, 0x2, &payload, mask));
                expected.push(Incoming::Binary(Bytes::from(payload)));
            }
        }
        prop_assert_eq!(decode_in_pieces(&bytes, piece), Ok(expected));
    }

    #[test]
    fn no_input_panics_and_division_does_not_matter(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        piece in 1_usize..50,
    ) {
        prop_assert_eq!(decode(&bytes).is_ok(), decode_in_pieces(&bytes, piece).is_ok());
    }
}
