//! How a connection ends that must not come back as it is (contract §1.1).

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use socketio::{LastEvent, Socket};

use super::client::Client;
use super::device::Device;
use crate::code::Code;
use crate::events::{EXCEPTION, Exception, Problem, ServerEvent};

/// The time after which one that has sent too much may come back.
const CALM: Duration = Duration::from_mins(1);

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
    /// It goes on sending what it is told is too much.
    Flooding,
}

/// The event `session-replaced`.
pub(crate) struct SessionReplaced;

impl ServerEvent for SessionReplaced {
    const NAME: &'static str = "session-replaced";
    const ABOUT: &'static str = "Another connection of the user has taken the place of this one, \
        which ends now.";
    const TO: &'static str = "the socket that ends";
    const NAMES: &'static [&'static str] = &["replacement"];
    type Arguments = (Replacement,);
}

/// What has taken the place of a connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Replacement {
    code: Code,
    /// What the other connection is on.
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
            Self::Inactive => Problem::new(Code::UserInactive, "the user is not active"),
            Self::Kicked => Problem::new(Code::Kicked, "an admin has ended the connection"),
            Self::Surplus => {
                Problem::new(Code::SessionLimit, "you are connected elsewhere already")
            }
            Self::Flooding => Problem::rate_limited("too many refused events", CALM),
        }
    }

    fn events(self) -> Result<Vec<LastEvent>, serde_json::Error> {
        let problem = self.problem();
        let mut events = Vec::new();
        if let Self::Replaced { by: device } = self {
            let replacement = Replacement { code: problem.code, device };
            events.push(LastEvent::new(SessionReplaced::NAME, &replacement)?);
        }
        events.push(LastEvent::new(EXCEPTION, &Exception::of_connection(&problem))?);
        Ok(events)
    }
}

/// Ends a connection for good, and tells it why.
pub(super) fn end(socket: &Socket<Client>, ending: Ending) {
    let events = ending.events().unwrap_or_else(|error| {
        tracing::error!(%error, ?ending, "the end of a connection cannot be told");
        Vec::new()
    });
    socket.end_with_all(&events);
}
