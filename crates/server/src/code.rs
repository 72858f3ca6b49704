//! The closed list of codes that clients are told (contract §1.1): in `exception`, in
//! `connect_error` and in acks.

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
    /// A user who may not sign in.
    UserInactive,
    /// The user has as many live connections as they may have.
    SessionLimit,
    /// The user has signed in again elsewhere.
    SessionReplaced,
    /// An admin has ended the connection.
    Kicked,
    /// A payload that is not what the event takes.
    InvalidPayload,
    /// More than is allowed at once.
    TooLarge,
    /// More often than is allowed.
    RateLimited,
    /// Not for this user.
    Forbidden,
    /// A room that does not exist.
    NotFound,
    /// Nothing is wrong with the request; it may succeed in a moment.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Code {
    /// The code as clients see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::UserUnknown => "user_unknown",
            Self::UserInactive => "user_inactive",
            Self::SessionLimit => "session_limit",
            Self::SessionReplaced => "session_replaced",
            Self::Kicked => "kicked",
            Self::InvalidPayload => "invalid_payload",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
