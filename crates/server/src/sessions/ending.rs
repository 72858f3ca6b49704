//! How a connection ends that must not come back as it is (contract §1.1).

use std::time::Duration;

use socketio::Socket;

use super::client::Client;
use crate::code::Code;
use crate::events::{EXCEPTION, Exception, Problem};

/// The time after which one that has sent too much may come back.
const CALM: Duration = Duration::from_mins(1);

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Another connection of the user has taken its place.
    Replaced,
    /// Its token has expired.
    Expired,
    /// The user may not sign in any more.
    Inactive,
    /// It goes on sending what it is told is too much.
    Flooding,
}

impl Ending {
    fn problem(self) -> Problem {
        match self {
            Self::Replaced => Problem::new(Code::SessionReplaced, "you have signed in elsewhere"),
            Self::Expired => Problem::new(Code::TokenExpired, "the token has expired"),
            Self::Inactive => Problem::new(Code::UserInactive, "the user is not active"),
            Self::Flooding => Problem::rate_limited("too many refused events", CALM),
        }
    }
}

/// Ends a connection for good, and tells it why.
pub(crate) fn end(socket: &Socket<Client>, ending: Ending) {
    socket.end_with(EXCEPTION, &Exception::of_connection(&ending.problem()));
}
