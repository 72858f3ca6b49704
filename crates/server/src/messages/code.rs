//! The closed list of codes that clients are told (contract §1.1).

use serde::Serialize;

/// Why something was refused, ended or not done. The names are part of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// The user has signed in again elsewhere.
    SessionReplaced,
    /// A payload that is not what the event takes.
    InvalidPayload,
    /// More than is allowed at once.
    TooLarge,
    /// More often than is allowed.
    RateLimited,
    /// A room that does not exist.
    NotFound,
    /// Nothing is wrong with the request; it may succeed in a moment.
    Unavailable,
    /// Our fault.
    Internal,
}
