//! Where messages are said: what has a sequence of its own.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::RoomName;
use crate::users::UserId;

/// The name of the room that everyone is in.
pub const LOBBY: &str = "lobby";

/// What the names of two people's own channels begin with. No room that people join has a colon.
const DIRECT: &str = "direct:";

/// Where messages are said. Each has a sequence of its own. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The room that everyone is in.
    Lobby,
    /// A room that people join.
    Named(RoomName),
    /// Two people among themselves.
    Direct(Pair),
}

/// Two people, whoever of them is named first; or one with themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    low: UserId,
    high: UserId,
}

/// A name that no channel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is the name of no room")]
pub struct NoChannel;

impl Channel {
    /// Its name, as clients and the database know it: `lobby`, the name of a room, or
    /// `direct:<id>:<id>` with the lesser id first.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Lobby => LOBBY.into(),
            Self::Named(room) => room.as_str().into(),
            Self::Direct(Pair { low, high }) => format!("{DIRECT}{low}:{high}").into(),
        }
    }
}

impl FromStr for Channel {
    type Err = NoChannel;

    fn from_str(name: &str) -> Result<Self, NoChannel> {
        if name == LOBBY {
            return Ok(Self::Lobby);
        }
        let Some(pair) = name.strip_prefix(DIRECT) else {
            return name.parse().map(Self::Named).map_err(|_| NoChannel);
        };
        let (one, other) = pair.split_once(':').ok_or(NoChannel)?;
        let (one, other) = (read_user(one)?, read_user(other)?);
        Ok(Self::Direct(Pair::of(one, other)))
    }
}

/// A user's id in the one form in which it is written.
fn read_user(text: &str) -> Result<UserId, NoChannel> {
    let user: UserId = text.parse().map_err(|_| NoChannel)?;
    if user.to_string() == text { Ok(user) } else { Err(NoChannel) }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Pair {
    /// These two.
    pub fn of(one: UserId, other: UserId) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    /// Whether this is one of them.
    pub fn contains(self, user: UserId) -> bool {
        self.low == user || self.high == user
    }

    /// Both.
    pub fn both(self) -> [UserId; 2] {
        [self.low, self.high]
    }

    /// The one that this one is not; oneself, if they are one.
    pub fn other(self, user: UserId) -> UserId {
        if self.low == user { self.high } else { self.low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;

    fn user() -> UserId {
        UserId::new(Sources::system().random_id())
    }

    #[test]
    fn names_go_both_ways() {
        let (one, other) = (user(), user());
        let direct = Channel::Direct(Pair::of(one, other));
        for channel in [Channel::Lobby, Channel::Named("ventas".parse().unwrap()), direct] {
            assert_eq!(channel.name().parse(), Ok(channel));
        }
    }

    #[test]
    fn two_people_have_one_channel() {
        let (one, other) = (user(), user());
        let pair = Pair::of(one, other);
        assert_eq!(pair, Pair::of(other, one));
        assert_eq!((pair.other(one), pair.other(other)), (other, one));
        assert!(pair.contains(one) && pair.contains(other) && !pair.contains(user()));
        let name = format!("direct:{}:{}", one.max(other), one.min(other));
        assert_eq!(name.parse(), Ok(Channel::Direct(pair)));
        assert_eq!(Pair::of(one, one).other(one), one);
    }

    #[test]
    fn what_is_no_channel_is_none() {
        let one = user();
        for name in ["", "a b", "direct:", "direct:a:b", "room:ventas", "ana@example.com"] {
            assert_eq!(name.parse::<Channel>(), Err(NoChannel), "{name}");
        }
        let upper = one.to_string().to_uppercase();
        for name in [format!("direct:{one}"), format!("direct:{upper}x:{one}")] {
            assert_eq!(name.parse::<Channel>(), Err(NoChannel), "{name}");
        }
    }
}
