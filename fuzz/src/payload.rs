//! What bodies of Engine.IO's long-polling are made of.

use crate::parts::{Grammar, cut_at};

#[rustfmt::skip]
const WORDS: &[&[u8]] = &[
    b"\x1e", b"0", b"1", b"2", b"2probe", b"3", b"3probe", b"4", b"4\xe2\x82\xac", b"5", b"6", b"7",
    b"b", b"b=", b"bAA==", b"bAAE=", b"bAAF=", b"bAQIDBA==", b"bAQ", b"40{}", b"42[\"a\"]",
    b"\xef\xbb\xbf", b"\0", b"\xff",
];

pub(crate) const GRAMMAR: Grammar = Grammar { cut: |body| cut_at(b"\x1e", body), words: WORDS };
