//! Registering and signing in, without regard to how it was asked for.

use std::sync::Arc;

use super::hasher::{HashError, PasswordHasher};
use super::password::NewPassword;
use crate::clock::Sources;
use crate::database::StorageError;
use crate::users::{
    Account, Credentials, Email, FullName, InsertError, NewUser, PasswordChange, Role, User,
    UserId, UserRepository,
};

/// Makes accounts and lets people into them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Accounts {
    users: Arc<dyn UserRepository>,
    hasher: PasswordHasher,
    sources: Sources,
}

/// Why nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another user has this email.
    #[error("the email is taken")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such user, or not their password; which of the two is not told.
    #[error("the credentials are not valid")]
    WrongCredentials,
    /// The credentials are right, the user was deactivated.
    #[error("the user is not active")]
    Inactive,
    /// The password could not be verified.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Accounts {
    /// Accounts kept in `users`.
    pub fn new(users: Arc<dyn UserRepository>, hasher: PasswordHasher, sources: Sources) -> Self {
        Self { users, hasher, sources }
    }

    /// Adds a user with these roles.
    pub async fn register(
        &self,
        email: Email,
        full_name: FullName,
        password: NewPassword,
        roles: Vec<Role>,
    ) -> Result<User, RegisterError> {
        let user = self.prepare(email, full_name, password, roles).await?;
        match self.users.insert(&user).await {
            Ok(()) => Ok(user.into_user()),
            Err(InsertError::EmailTaken) => Err(RegisterError::EmailTaken),
            Err(InsertError::Storage(error)) => Err(error.into()),
        }
    }

    /// A user with these roles who is not stored yet.
    pub async fn prepare(
        &self,
        email: Email,
        full_name: FullName,
        password: NewPassword,
        roles: Vec<Role>,
    ) -> Result<NewUser, HashError> {
        let password = self.hasher.hash(password).await?;
        let id = UserId::new(self.sources.random_id());
        Ok(NewUser { id, email, full_name, password, roles })
    }

    /// Whether there is a user with this email.
    pub async fn exists(&self, email: &Email) -> Result<bool, StorageError> {
        Ok(self.users.find_credentials(email).await?.is_some())
    }

    /// The user with this email, if the password is theirs. A refusal takes about as long when there
    /// is no such user.
    pub async fn sign_in(&self, email: &Email, password: String) -> Result<Account, SignInError> {
        let (account, expected) = match self.users.find_credentials(email).await? {
            Some(Credentials { user, password, tokens_since_secs }) => {
                (Some(Account { user, tokens_since_secs }), Some(password))
            }
            None => (None, None),
        };
        let matches = self.hasher.verify(password, expected).await?;
        let account = account.filter(|_| matches).ok_or(SignInError::WrongCredentials)?;
        if account.user.is_active { Ok(account) } else { Err(SignInError::Inactive) }
    }

    /// Another password for a user, from which on no token counts that was issued before.
    pub async fn another_password(
        &self,
        password: NewPassword,
    ) -> Result<PasswordChange, HashError> {
        let hash = self.hasher.hash(password).await?;
        // Tokens know whole seconds, and one may have been issued in this one.
        Ok(PasswordChange { hash, tokens_since_secs: self.sources.now_secs() + 1 })
    }
}
