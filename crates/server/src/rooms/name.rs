//! The names of rooms that people join.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::LOBBY;

/// The longest name, in characters.
const MOST_CHARS: usize = 64;

/// The name of a room that people join: 1 to 64 of `A-Z`, `a-z`, `0-9`, `_` and `-`, and not `lobby`,
/// in which everyone is. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Arc<str>);

/// A text that is the name of no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -")]
pub struct NoRoomName;

impl RoomName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomName {
    type Err = NoRoomName;

    fn from_str(text: &str) -> Result<Self, NoRoomName> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let is_name = (1..=MOST_CHARS).contains(&text.len()) && text.bytes().all(is_allowed);
        if is_name && text != LOBBY { Ok(Self(text.into())) } else { Err(NoRoomName) }
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_the_names_are_read(text in "[a-zA-Z0-9_:@. ñ-]{0,70}") {
            let is_name = (1..=64).contains(&text.chars().count())
                && text.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char));
            prop_assert_eq!(text.parse::<RoomName>().is_ok(), is_name);
        }
    }

    #[test]
    fn the_lobby_is_no_room_to_join() {
        assert!("lobby".parse::<RoomName>().is_err());
        assert_eq!("Lobby".parse::<RoomName>().unwrap().to_string(), "Lobby");
    }
}
