//! What the texts of Socket.IO packets are made of.

use crate::parts::{Grammar, cut_at};

#[rustfmt::skip]
const WORDS: &[&[u8]] = &[
    b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"51-", b"50-", b"610-", b"511-", b"/", b"/a,",
    b"/a?b=c,", b",", b"12", b"9007199254740991", b"9007199254740992", b"18446744073709551616", b"-",
    b"[]", b"{}", b"[", b"]", b"{", b"}", b"\"", b"\"a\"", b"\"\"", b"\\", b"\\u0061",
    b"\\ud83d\\ude00", b"\\ud800", b"null", b"true", b"1e5", b"-0", b"0.5", b"0.1", b"1e999", b" ",
    b"\n", b"\xc2\xa0", b"\xe2\x82\xac", b"[[[[[[[[", b"]]]]]]]]",
    b"{\"_placeholder\":true,\"num\":0}", b"\"_placeholder\"", b"\"num\"", b"\"connect\"",
    b"\"disconnecting\"", b"\"newListener\"", b"[\"a\",{\"b\":1}]", b"{\"token\":\"x\"}", b"?",
];

pub(crate) const GRAMMAR: Grammar =
    Grammar { cut: |text| cut_at(b"[]{}:,\"/-?\\ ", text), words: WORDS };
