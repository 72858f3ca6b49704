//! How a client whose identity is refused is told so.

use socketio::{LastEvent, Refusal};

use crate::auth::AuthError;
use crate::config;
use crate::events::{EXCEPTION, Exception, Problem, RefusalData};

/// The refusal that answers `error`, in the way that is configured. Nobody is refused because the
/// database is away: then the transport is closed, and the client tries again by itself.
pub(super) fn refuse(error: &AuthError, how: config::Refusal) -> Refusal {
    if let AuthError::Unavailable(cause) = error {
        tracing::warn!(%cause, "an identity cannot be decided");
        return Refusal::Close;
    }
    refuse_for(Problem::new(error.code(), error.to_string()), how)
}

/// The refusal that tells of this problem, in the way that is configured.
pub(super) fn refuse_for(problem: Problem, how: config::Refusal) -> Refusal {
    match how {
        config::Refusal::ConnectError => Refusal::ConnectError {
            message: problem.message,
            data: serde_json::to_value(RefusalData { code: problem.code }).ok(),
        },
        config::Refusal::Disconnect => {
            match LastEvent::new(EXCEPTION, &Exception::of_connection(&problem)) {
                Ok(exception) => Refusal::Disconnect(exception),
                Err(error) => {
                    tracing::error!(%error, "an exception cannot be encoded");
                    Refusal::Close
                }
            }
        }
    }
}
