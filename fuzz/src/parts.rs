//! Mutations of inputs that consist of parts: the packets of a payload, the tokens of a packet.

use fastrand::Rng;

use crate::bytes;

/// What inputs of a kind are made of.
pub(crate) struct Grammar {
    /// Cuts an input into its parts, which are all of it.
    pub(crate) cut: fn(&[u8]) -> Vec<Vec<u8>>,
    /// Parts that are worth trying anywhere.
    pub(crate) words: &'static [&'static [u8]],
}

impl Grammar {
    pub(crate) fn mutate(&self, input: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
        let mut parts = (self.cut)(input);
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
                let other = (self.cut)(other);
                let from = random.usize(..=other.len());
                let until = (from + random.usize(1..9)).min(other.len());
                parts.splice(at..end, other[from..until].iter().cloned());
            }
            _ => parts.insert(at, self.word(random)),
        }
        parts.concat()
    }

    fn word(&self, random: &mut Rng) -> Vec<u8> {
        random.choice(self.words).map_or_else(Vec::new, |word| word.to_vec())
    }
}

/// Separators are parts themselves.
pub(crate) fn cut_at(separators: &[u8], text: &[u8]) -> Vec<Vec<u8>> {
    text.chunk_by(|left, right| !separators.contains(left) && !separators.contains(right))
        .map(<[u8]>::to_vec)
        .collect()
}
