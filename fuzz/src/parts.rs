//! Mutations of texts that consist of parts: the packets of a payload, the tokens of a packet.

use fastrand::Rng;

use crate::bytes;

/// What texts of a kind are made of.
pub(crate) struct Grammar {
    /// Where they are cut into parts, the separators being parts themselves.
    separators: &'static [u8],
    /// Parts that are worth trying anywhere.
    words: &'static [&'static str],
}

pub(crate) const PAYLOAD: Grammar = Grammar {
    separators: b"\x1e",
    words: &[
        "\x1e",
        "0",
        "1",
        "2",
        "2probe",
        "3",
        "3probe",
        "4",
        "4€",
        "5",
        "6",
        "7",
        "b",
        "b=",
        "bAA==",
        "bAAE=",
        "bAQIDBA==",
        "bAQ",
        "40{}",
        "42[\"a\"]",
        "\u{feff}",
        "\0",
    ],
};

pub(crate) const PACKET: Grammar = Grammar {
    separators: b"[]{}:,\"/-?\\ ",
    words: &[
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "51-",
        "50-",
        "610-",
        "511-",
        "/",
        "/a,",
        "/a?b=c,",
        ",",
        "12",
        "9007199254740991",
        "9007199254740992",
        "18446744073709551616",
        "-",
        "[]",
        "{}",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\"a\"",
        "\"\"",
        "\\",
        "\\u0061",
        "\\ud83d\\ude00",
        "\\ud800",
        "null",
        "true",
        "1e5",
        "-0",
        "0.5",
        "1e999",
        " ",
        "\n",
        "\u{a0}",
        "€",
        "[[[[[[[[",
        "]]]]]]]]",
        "{\"_placeholder\":true,\"num\":0}",
        "\"_placeholder\"",
        "\"num\"",
        "\"connect\"",
        "\"disconnecting\"",
        "\"newListener\"",
        "[\"a\",{\"b\":1}]",
        "{\"token\":\"x\"}",
        "?",
    ],
};

impl Grammar {
    pub(crate) fn mutate(&self, text: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
        let mut parts = self.parts(text);
        let at = random.usize(..=parts.len());
        let end = (at + random.usize(1..4)).min(parts.len());
        match random.u8(..8) {
            0 => drop(parts.drain(at..end)),
            1 => {
                let copy = parts[at..end].to_vec();
                let to = random.usize(..=parts.len());
                parts.splice(to..to, copy);
            }
            2 if at < parts.len() => {
                let with = random.usize(..parts.len());
                parts.swap(at, with);
            }
            3 if at < parts.len() => bytes::mutate(&mut parts[at], random),
            4 if at < parts.len() => parts[at] = self.word(random),
            5 => {
                let other = self.parts(other);
                let from = random.usize(..=other.len());
                let until = (from + random.usize(1..9)).min(other.len());
                parts.splice(at..end, other[from..until].iter().cloned());
            }
            _ => parts.insert(at, self.word(random)),
        }
        parts.concat()
    }

    fn word(&self, random: &mut Rng) -> Vec<u8> {
        random.choice(self.words).map_or_else(Vec::new, |word| word.as_bytes().to_vec())
    }

    fn parts(&self, text: &[u8]) -> Vec<Vec<u8>> {
        text.chunk_by(|left, right| {
            !self.separators.contains(left) && !self.separators.contains(right)
        })
        .map(<[u8]>::to_vec)
        .collect()
    }
}
