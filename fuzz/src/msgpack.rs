//! What MessagePack is made of: each marker, with what belongs to it but for the elements of arrays
//! and maps.

use crate::parts::Grammar;

#[rustfmt::skip]
const WORDS: &[&[u8]] = &[
    b"\xa4type", b"\xa3nsp", b"\xa4data", b"\xa2id", b"\xa1/", b"\xa6/admin", b"\x00", b"\x01",
    b"\x02", b"\x03", b"\x04", b"\x7f", b"\xff", b"\xe0", b"\xcc\xff", b"\xcd\xff\xff",
    b"\xce\xff\xff\xff\xff", b"\xcf\x00\x20\x00\x00\x00\x00\x00\x00",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", b"\xd0\x80", b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\xca\x7f\x80\x00\x00", b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a",
    b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", b"\xcb\x80\x00\x00\x00\x00\x00\x00\x00", b"\xc0",
    b"\xc1", b"\xc2", b"\xc3", b"\xa0", b"\xa3\xe2\x82\xac", b"\xd9\x01a", b"\xdb\xff\xff\xff\xff",
    b"\xc4\x00", b"\xc4\x02\x01\x02", b"\xc6\xff\xff\xff\xff", b"\xd4\x00\x00", b"\xd5\x01\x00\x00",
    b"\xd7\x00\x00\x00\x01\x8d\xf2\x53\x0c\x00", b"\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\xc7\x03\x00abc", b"\xc7\x01\x05x", b"\x80", b"\x81", b"\x84", b"\x90", b"\x91",
    b"\x91\x91\x91\x91\x91\x91\x91\x91", b"\xdc\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xde\x00\x01",
    b"\xdf\x00\x00\x00\x01", b"\xac_placeholder", b"\xa3num",
    b"\x82\xac_placeholder\xc3\xa3num\x00", b"\xa7connect",
];

pub(crate) const GRAMMAR: Grammar = Grammar { cut, words: WORDS };

fn cut(mut input: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while !input.is_empty() {
        let (part, rest) = input.split_at(length(input).min(input.len()));
        parts.push(part.to_vec());
        input = rest;
    }
    parts
}

/// The length of the first part, at least 1.
fn length(input: &[u8]) -> usize {
    // A length of so many bytes, behind which stand `more` and as many bytes as it says.
    let counted = |bytes: usize, more: usize| {
        let digits = input[1..].iter().take(bytes);
        let said = digits.fold(0_usize, |said, digit| (said << 8) | usize::from(*digit));
        1 + bytes + more + said
    };
    match input[0] {
        text @ 0xa0..=0xbf => 1 + usize::from(text & 0x1f),
        0xc4 | 0xd9 => counted(1, 0),
        0xc5 | 0xda => counted(2, 0),
        0xc6 | 0xdb => counted(4, 0),
        0xc7 => counted(1, 1),
        0xc8 => counted(2, 1),
        0xc9 => counted(4, 1),
        0xcc | 0xd0 => 2,
        0xcd | 0xd1 | 0xd4 | 0xdc | 0xde => 3,
        0xd5 => 4,
        0xca | 0xce | 0xd2 | 0xdd | 0xdf => 5,
        0xd6 => 6,
        0xcb | 0xcf | 0xd3 => 9,
        0xd7 => 10,
        0xd8 => 18,
        _ => 1,
    }
}
