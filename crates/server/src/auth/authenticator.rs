//! From a token to a user who may act now.

use std::sync::Arc;

use super::token::{Claims, TokenError, Tokens};
use crate::code::Code;
use crate::database::StorageError;
use crate::users::{Account, User, UserId, UserRepository};

/// Decides who someone is, for requests and for sockets alike. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Authenticator {
    tokens: Tokens,
    users: Arc<dyn UserRepository>,
}

/// A user whose token was verified, who exists and is active. Only [`Authenticator::authenticate`]
/// makes one.
#[derive(Debug, Clone)]
pub struct VerifiedUser {
    account: Account,
    issued_at_secs: u64,
    expires_at_secs: u64,
}

/// Why someone is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token is valid, its user is gone.
    #[error("the user of the token does not exist")]
    UserUnknown,
    /// The user was deactivated.
    #[error("the user is not active")]
    UserInactive,
    /// The token was issued before the user got another password.
    #[error("the password was changed after the token was issued")]
    Revoked,
    /// Nobody can tell right now. Not a refusal: trying again may help.
    #[error(transparent)]
    Unavailable(#[from] StorageError),
}

impl AuthError {
    /// The code that clients see, of the contract's closed list.
    pub const fn code(&self) -> Code {
        match self {
            Self::Token(TokenError::Missing) => Code::TokenMissing,
            Self::Token(TokenError::Invalid) => Code::TokenInvalid,
            Self::Token(TokenError::Expired) | Self::Revoked => Code::TokenExpired,
            Self::UserUnknown => Code::UserUnknown,
            Self::UserInactive => Code::UserInactive,
            Self::Unavailable(_) => Code::Unavailable,
        }
    }
}

impl Authenticator {
    /// Verifies tokens with `tokens` and looks their users up in `users`.
    pub fn new(tokens: Tokens, users: Arc<dyn UserRepository>) -> Self {
        Self { tokens, users }
    }

    /// The user whom the token stands for, as they are stored now. `None` is a missing token.
    /// Dropping the future changes nothing.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<VerifiedUser, AuthError> {
        let claims = self.tokens.verify(token.unwrap_or_default())?;
        let account = self.account(claims.user_id, claims.issued_at_secs).await?;
        let Claims { issued_at_secs, expires_at_secs, .. } = claims;
        Ok(VerifiedUser { account, issued_at_secs, expires_at_secs })
    }

    /// Users as they are stored now, whatever they may do; those whom there are not are left out.
    pub async fn accounts(&self, ids: &[UserId]) -> Result<Vec<Account>, StorageError> {
        self.users.find_accounts(ids).await
    }

    /// A user as they are stored now, if they may act with a token that was issued then. For those
    /// who were let in with it a moment ago.
    pub async fn account(&self, id: UserId, issued_at_secs: u64) -> Result<Account, AuthError> {
        let account = self.users.find_account(id).await?.ok_or(AuthError::UserUnknown)?;
        if !account.user.is_active {
            return Err(AuthError::UserInactive);
        }
        if issued_at_secs < account.tokens_since_secs {
            return Err(AuthError::Revoked);
        }
        Ok(account)
    }
}

impl VerifiedUser {
    /// Who it is.
    pub fn user(&self) -> &User {
        &self.account.user
    }

    /// The user, and which of their tokens count.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// When the token was issued, in seconds since the epoch.
    pub fn issued_at_secs(&self) -> u64 {
        self.issued_at_secs
    }

    /// When the token ends, in seconds since the epoch. Whoever keeps this user for longer than
    /// one request ends it then.
    pub fn expires_at_secs(&self) -> u64 {
        self.expires_at_secs
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::testing::ManualClock;
    use crate::config::Secret;
    use crate::users::testing::{MemoryUsers, member};
    use crate::users::{PasswordChange, PasswordHash, UserChange};

    const NOW: u64 = 1_700_000_000;

    fn authenticator(users: MemoryUsers) -> (Authenticator, Tokens) {
        let secret = Secret::new("a secret for these tests alone".to_owned());
        let clock = ManualClock::at_secs(NOW);
        let tokens = Tokens::new(&secret, Duration::from_hours(2), clock.sources());
        (Authenticator::new(tokens.clone(), Arc::new(users)), tokens)
    }

    #[tokio::test]
    async fn knows_an_active_user_by_their_token() {
        let member = member("ada@example.com");
        let (authenticator, tokens) = authenticator(MemoryUsers::of([member.clone()]));
        let token = tokens.issue(member.id, 0);
        let verified = authenticator.authenticate(Some(&token)).await.unwrap();
        assert_eq!(verified.user(), &member);
        assert_eq!(verified.expires_at_secs(), NOW + 7_200);
    }

    #[tokio::test]
    async fn refusals_have_their_codes() {
        let inactive = User { is_active: false, ..member("ada@example.com") };
        let stranger = member("eve@example.com");
        let (authenticator, tokens) = authenticator(MemoryUsers::of([inactive.clone()]));
        for (token, code) in [
            (None, "token_missing"),
            (Some(" ".to_owned()), "token_missing"),
            (Some("x".to_owned()), "token_invalid"),
            (Some(tokens.issue(stranger.id, 0)), "user_unknown"),
            (Some(tokens.issue(inactive.id, 0)), "user_inactive"),
        ] {
            let error = authenticator.authenticate(token.as_deref()).await.unwrap_err();
            assert_eq!(error.code().as_str(), code);
        }
    }

    #[tokio::test]
    async fn a_token_from_before_another_password_does_not_count() {
        let member = member("ada@example.com");
        let (authenticator, tokens) = authenticator(MemoryUsers::of([member.clone()]));
        let before = tokens.issue(member.id, 0);
        let hash = PasswordHash::new("$argon2id$another".to_owned());
        let password = Some(PasswordChange { hash, tokens_since_secs: NOW + 1 });
        let change = UserChange { password, ..UserChange::default() };
        authenticator.users.update(member.id, &change).await.unwrap();
        let error = authenticator.authenticate(Some(&before)).await.unwrap_err();
        assert_eq!(error.code().as_str(), "token_expired");
        let after = tokens.issue(member.id, NOW + 1);
        let account = authenticator.authenticate(Some(&after)).await.unwrap().account;
        assert_eq!(account.tokens_since_secs, NOW + 1);
    }

    #[tokio::test]
    async fn an_absent_database_refuses_nobody() {
        let (authenticator, tokens) = authenticator(MemoryUsers::broken());
        let token = tokens.issue(member("ada@example.com").id, 0);
        let error = authenticator.authenticate(Some(&token)).await.unwrap_err();
        assert!(matches!(error, AuthError::Unavailable(_)));
    }
}
