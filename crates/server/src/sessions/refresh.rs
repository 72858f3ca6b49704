//! `auth-refresh`: a connection goes on with another token of the same user.

use serde::{Deserialize, Serialize};
use socketio::Socket;

use super::Sessions;
use super::client::Client;
use crate::auth::AuthError;
use crate::clock::rfc3339;
use crate::code::Code;
use crate::messages::Problem;

/// The event's name.
pub(crate) const AUTH_REFRESH: &str = "auth-refresh";

/// What is sent.
#[derive(Debug, Deserialize)]
pub(crate) struct AuthRefresh {
    token: String,
}

/// The ack: until when the connection may go on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refreshed {
    ok: bool,
    expires_at: String,
}

impl Sessions {
    /// Verifies a token as at connecting, and lets the connection go on until its end. A token that
    /// ends before the one that the connection has changes nothing about that.
    pub(crate) async fn refresh(
        &self,
        socket: &Socket<Client>,
        AuthRefresh { token }: AuthRefresh,
    ) -> Result<Refreshed, Problem> {
        let (client, changes) = (socket.data(), self.changes());
        let verified = self.0.authenticator.authenticate(Some(&token)).await;
        let verified = verified.map_err(|error| problem(&error))?;
        if verified.user().id != client.user_id() {
            return Err(Problem::new(Code::Forbidden, "the token is another user's"));
        }
        let expired = || Problem::new(Code::TokenExpired, "the token has expired");
        let registration = client.registration().ok_or_else(expired)?;
        let renewed =
            self.registry().renew(registration, verified.expires_at_secs(), self.now_millis());
        let expires_at_secs = renewed.ok_or_else(expired)?;
        client.set_token(verified.issued_at_secs(), expires_at_secs);
        client.set_user(verified.user().clone(), || self.changes() == changes);
        self.0.tokens_changed.notify_one();
        // A change of the user that was made meanwhile may have seen the old token only.
        if !self.recheck(socket, changes).await {
            return Err(expired());
        }
        Ok(Refreshed { ok: true, expires_at: rfc3339(expires_at_secs.saturating_mul(1_000)) })
    }
}

fn problem(error: &AuthError) -> Problem {
    if let AuthError::Unavailable(cause) = error {
        tracing::warn!(%cause, "a token cannot be verified");
        return Problem::new(error.code(), "this cannot be decided now, try again in a moment");
    }
    Problem::new(error.code(), error.to_string())
}
