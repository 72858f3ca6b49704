//! How a connection ends that must not come back as it is (contract §1.1).

use serde::Serialize;
use socketio::{LastEvent, Socket};

use super::client::Client;
use super::device::Device;
use crate::code::Code;
use crate::messages::{EXCEPTION, Exception, Problem};

/// The event that tells a connection who has taken its place.
const SESSION_REPLACED: &str = "session-replaced";

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A connection of the user on this device has taken its place.
    Replaced { by: Device },
    /// Its token has expired.
    Expired,
    /// The user got another password after its token was issued.
    Revoked,
    /// The user may not sign in any more.
    Inactive,
    /// An admin wants it.
    Kicked,
    /// The user has as many connections as they may have.
    Surplus,
}

/// The payload of `session-replaced`.
#[derive(Serialize)]
struct SessionReplaced {
    code: Code,
    device: Device,
}

impl Ending {
    /// What is told in `exception`.
    pub(crate) fn problem(self) -> Problem {
        match self {
            Self::Replaced { .. } => {
                Problem::new(Code::SessionReplaced, "you have signed in elsewhere")
            }
            Self::Expired => Problem::new(Code::TokenExpired, "the token has expired"),
            Self::Revoked => Problem::new(
                Code::TokenExpired,
                "the password was changed after the token was issued",
            ),
            Self::Kicked => Problem::new(Code::Kicked, "an admin has ended the connection"),
            Self::Inactive => Problem::new(Code::UserInactive, "the user is not active"),
            Self::Surplus => {
                Problem::new(Code::SessionLimit, "you are connected elsewhere already")
            }
        }
    }

    fn events(self) -> Result<Vec<LastEvent>, serde_json::Error> {
        let problem = self.problem();
        let mut events = Vec::new();
        if let Self::Replaced { by: device } = self {
            let replaced = SessionReplaced { code: problem.code, device };
            events.push(LastEvent::new(SESSION_REPLACED, &replaced)?);
        }
        events.push(LastEvent::new(EXCEPTION, &Exception::of_connection(&problem))?);
        Ok(events)
    }
}

/// Ends a connection for good, and tells it why.
pub(crate) fn end(socket: &Socket<Client>, ending: Ending) {
    let events = ending.events().unwrap_or_else(|error| {
        tracing::error!(%error, ?ending, "the end of a connection cannot be told");
        Vec::new()
    });
    socket.end_with_all(&events);
}
