//! `auth-refresh`: a connection goes on with another token of the same user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::Socket;

use super::Sessions;
use super::client::Client;
use crate::auth::AuthError;
use crate::clock::rfc3339;
use crate::code::Code;
use crate::events::{ClientEvent, Handle, Limit, Problem, Text};
use crate::messages::Gateway;

/// The event `auth-refresh`.
pub(crate) struct AuthRefresh;

/// What the connection is to go on with.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "AnotherToken")]
pub(crate) struct AnotherToken<'a> {
    /// A token of the same user.
    #[serde(borrow)]
    token: Text<'a, 1>,
}

/// Until when the connection may go on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refreshed {
    /// RFC 3339, in UTC.
    expires_at: String,
}

impl ClientEvent for AuthRefresh {
    const NAME: &'static str = "auth-refresh";
    const ABOUT: &'static str = "Has the connection go on with another token of the same user, until \
        that ends. One that ends before the present one changes nothing about that.";
    const LIMIT: Limit = Limit::Requests;
    const ECHOES: bool = false;
    type Payload<'a> = AnotherToken<'a>;
    type Answer = Refreshed;
}

impl Handle for AuthRefresh {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        AnotherToken { token }: AnotherToken<'a>,
    ) -> Result<Refreshed, Problem> {
        gateway.sessions().refresh(socket, token.as_str()).await
    }
}

impl Sessions {
    /// Verifies a token as at connecting, and lets the connection go on until its end. A token that
    /// ends before the one that the connection has changes nothing about that.
    async fn refresh(&self, socket: &Socket<Client>, token: &str) -> Result<Refreshed, Problem> {
        let (client, changes) = (socket.data(), self.changes());
        let verified = self.0.authenticator.authenticate(Some(token)).await;
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
        self.take_user(socket, verified.user(), changes).await;
        self.0.tokens_changed.notify_one();
        // A change of the user that was made meanwhile may have seen the old token only.
        if !self.recheck(socket, changes).await {
            return Err(expired());
        }
        Ok(Refreshed { expires_at: rfc3339(expires_at_secs.saturating_mul(1_000)) })
    }
}

fn problem(error: &AuthError) -> Problem {
    if let AuthError::Unavailable(cause) = error {
        tracing::warn!(%cause, "a token cannot be verified");
        return Problem::new(error.code(), "this cannot be decided now, try again in a moment");
    }
    Problem::new(error.code(), error.to_string())
}
