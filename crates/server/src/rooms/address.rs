//! What a client means by the name of a room.

use socketio::SocketId;

use super::{Channel, LOBBY, Pair};
use crate::code::Code;
use crate::events::{Problem, Text};
use crate::users::{Email, User, UserId};

/// The name of a room, as clients give it: long enough for an email, and for what two people have
/// among themselves.
pub(crate) type RoomText<'a> = Text<'a, 1, 256>;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Somewhere where people talk.
    Channel(Channel),
    /// The room of somebody's own: by the id of the socket, of the user, or by their email. It is
    /// there by itself, and nobody else can be in it.
    Own,
}

impl Address {
    /// What a name stands for if this user says it, over this socket. The rooms of others are
    /// forbidden.
    pub(crate) fn read(
        name: &str,
        user: &User,
        socket: Option<&SocketId>,
    ) -> Result<Self, Problem> {
        if socket.is_some_and(|socket| socket.as_str() == name) {
            return Ok(Self::Own);
        }
        if let Ok(id) = name.parse::<UserId>() {
            return own_or_forbidden(id == user.id);
        }
        if name.contains('@') {
            return own_or_forbidden(Email::parse(name).is_ok_and(|email| email == user.email));
        }
        name.parse().map(Self::Channel).map_err(|_| {
            Problem::invalid("room must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -")
        })
    }

    /// Where something can be said, or was said.
    pub(crate) fn channel(self) -> Result<Channel, Problem> {
        match self {
            Self::Channel(channel) => Ok(channel),
            Self::Own => {
                let message = "nobody talks in this room: direct-message reaches a user";
                Err(Problem::new(Code::Forbidden, message))
            }
        }
    }
}

/// The channel that a client names; without a name it is the lobby.
pub(crate) fn channel(
    name: Option<&RoomText<'_>>,
    user: &User,
    socket: Option<&SocketId>,
) -> Result<Channel, Problem> {
    match name.map(RoomText::as_str) {
        None | Some(LOBBY) => Ok(Channel::Lobby),
        Some(name) => Address::read(name, user, socket)?.channel(),
    }
}

/// What two users have among themselves.
pub(crate) fn direct(one: UserId, other: UserId) -> Channel {
    Channel::Direct(Pair::of(one, other))
}

fn own_or_forbidden(is_own: bool) -> Result<Address, Problem> {
    if is_own {
        Ok(Address::Own)
    } else {
        Err(Problem::new(Code::Forbidden, "this room is somebody else's own"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::testing::member;

    #[test]
    fn rooms_of_ones_own_are_told_from_rooms_and_from_those_of_others() {
        let (ana, bob) = (member("ana@example.com"), member("bob@example.com"));
        let read = |name: &str| Address::read(name, &ana, None).map_err(|problem| problem.code);
        assert_eq!(read("ANA@example.com"), Ok(Address::Own));
        assert_eq!(read(&ana.id.to_string()), Ok(Address::Own));
        assert_eq!(read(&ana.id.to_string().to_uppercase()), Ok(Address::Own));
        for other in [bob.id.to_string(), bob.id.as_uuid().simple().to_string()] {
            assert_eq!(read(&other), Err(Code::Forbidden), "{other}");
        }
        assert_eq!(read("bob@example.com"), Err(Code::Forbidden));
        assert_eq!(read("@"), Err(Code::Forbidden));
        assert_eq!(read("ventas"), Ok(Address::Channel(Channel::Named("ventas".parse().unwrap()))));
        assert_eq!(read("lobby"), Ok(Address::Channel(Channel::Lobby)));
        for wrong in ["a b", "ñ", "user:x", "direct:x"] {
            assert_eq!(read(wrong), Err(Code::InvalidPayload), "{wrong}");
        }
        assert_eq!(Address::Own.channel().unwrap_err().code, Code::Forbidden);
    }
}
