//! Offsets as clients see them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engineio::Position;

/// Tells the offsets of this server from those of another one, and of itself before it was started
/// anew: stock clients keep an offset for longer than the server that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Epoch(String);

impl Epoch {
    /// Draws an epoch: 4 characters.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, without which nothing here is safe.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 3];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The offset of a position.
    pub(super) fn offset(&self, Position(position): Position) -> String {
        format!("{}{position:x}", self.0)
    }

    /// Up to where a client got everything that was for its socket, which it says by the last
    /// offset that it got, if any. The socket began with `entered`. `None` if it cannot be told.
    pub(super) fn position(&self, offset: Option<&str>, entered: Position) -> Option<Position> {
        let Some(offset) = offset else { return Some(entered) };
        let (epoch, position) = offset.split_at_checked(self.0.len())?;
        let position = Position(u64::from_str_radix(position, 16).ok()?);
        // What another server gave was before this socket.
        Some(if epoch == self.0 { position.max(entered) } else { entered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_say_what_was_received() {
        let epoch = Epoch("abcd".to_owned());
        assert_eq!(epoch.offset(Position(0x1f4)), "abcd1f4");
        let position = |offset| epoch.position(offset, Position(5)).map(|Position(at)| at);
        assert_eq!(position(Some("abcd1f4")), Some(0x1f4));
        assert_eq!(position(None), Some(5));
        assert_eq!(position(Some("abcd2")), Some(5));
        assert_eq!(position(Some("efgh1f4")), Some(5));
        for nonsense in ["", "abc", "abcd", "abcdxyz", "abcd-1", "é", "abcé1", "hello world"] {
            assert_eq!(position(Some(nonsense)), None, "{nonsense:?}");
        }
    }
}
