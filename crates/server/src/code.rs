//! The closed list of codes that clients are told (contract §1.1): in `exception`, in
//! `connect_error` and in acks.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Why something was refused, ended or not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// No token in any of the three places.
    TokenMissing,
    /// A token that this server did not sign, or not for this.
    TokenInvalid,
    /// A token past its time; also ends live connections.
    TokenExpired,
    /// A token of a user who is gone.
    UserUnknown,
    /// A user who may not sign in; also ends live connections.
    UserInactive,
    /// The user has as many live connections as they may.
    SessionLimit,
    /// The user has signed in again elsewhere.
    SessionReplaced,
    /// An admin has ended the connection.
    Kicked,
    /// A payload that is not what the event takes.
    InvalidPayload,
    /// More than is allowed at once.
    TooLarge,
    /// More often than is allowed; ends the connections of those who go on.
    RateLimited,
    /// Not for this user.
    Forbidden,
    /// Something that does not exist.
    NotFound,
    /// Nothing is wrong with the request; it may succeed in a moment.
    Unavailable,
    /// Our fault.
    Internal,
}

/// Whether it makes sense to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not as it is: it would fail again.
    No,
    /// With a token that was issued since.
    WithNewToken,
    /// Later: after the time that came along, else with pauses that grow.
    Later,
}

impl Retry {
    /// The word for it in the types for clients.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::WithNewToken => "with-new-token",
            Self::Later => "later",
        }
    }
}

/// When a code is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A connection is not let in.
    Refusal,
    /// The server ends a connection that it had let in.
    Ending,
    /// An event is not done; the connection goes on.
    Answer,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::TokenMissing,
        Self::TokenInvalid,
        Self::TokenExpired,
        Self::UserUnknown,
        Self::UserInactive,
        Self::SessionLimit,
        Self::SessionReplaced,
        Self::Kicked,
        Self::InvalidPayload,
        Self::TooLarge,
        Self::RateLimited,
        Self::Forbidden,
        Self::NotFound,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as clients see it.
    pub const fn as_str(self) -> &'static str {
        self.entry().0
    }

    /// When it is told.
    pub const fn occasions(self) -> &'static [Occasion] {
        self.entry().1
    }

    /// Whether it makes sense to try again.
    pub const fn retry(self) -> Retry {
        self.entry().2
    }

    /// What it means, for whoever writes a client.
    pub const fn about(self) -> &'static str {
        self.entry().3
    }

    /// The list itself.
    const fn entry(self) -> (&'static str, &'static [Occasion], Retry, &'static str) {
        use Occasion::{Answer, Ending, Refusal};
        use Retry::{Later, No, WithNewToken};
        match self {
            Self::TokenMissing => {
                ("token_missing", &[Refusal, Answer], WithNewToken, "no token was sent")
            }
            Self::TokenInvalid => (
                "token_invalid",
                &[Refusal, Answer],
                WithNewToken,
                "the token is not one of this server",
            ),
            Self::TokenExpired => (
                "token_expired",
                &[Refusal, Ending, Answer],
                WithNewToken,
                "the token is past its time, or the user got another password since",
            ),
            Self::UserUnknown => {
                ("user_unknown", &[Refusal, Answer], No, "the user of the token no longer exists")
            }
            Self::UserInactive => {
                ("user_inactive", &[Refusal, Ending, Answer], No, "the user was deactivated")
            }
            Self::SessionLimit => (
                "session_limit",
                &[Refusal],
                Later,
                "the user has as many connections as they may; one of them has to end first",
            ),
            Self::SessionReplaced => (
                "session_replaced",
                &[Ending],
                No,
                "the user has connected elsewhere: coming back by itself would end that connection",
            ),
            Self::Kicked => ("kicked", &[Ending], No, "an admin has ended the connection"),
            Self::InvalidPayload => {
                ("invalid_payload", &[Answer], No, "the payload is not what the event takes")
            }
            Self::TooLarge => ("too_large", &[Answer], No, "more than is allowed at once"),
            Self::RateLimited => (
                "rate_limited",
                &[Answer, Ending],
                Later,
                "more often than is allowed; who goes on is disconnected",
            ),
            Self::Forbidden => ("forbidden", &[Answer], No, "not allowed for this user"),
            Self::NotFound => ("not_found", &[Answer], No, "there is no such thing"),
            Self::Unavailable => {
                ("unavailable", &[Answer], Later, "the server cannot do it at the moment")
            }
            Self::Internal => ("internal", &[Answer], Later, "a fault of the server"),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let about = "Why something was refused, ended or not done. The list is closed.";
        let codes = Self::ALL.map(Self::as_str);
        json_schema!({ "type": "string", "enum": codes, "description": about })
    }
}
