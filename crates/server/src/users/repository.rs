//! The contract of whatever keeps users.

use async_trait::async_trait;

use super::{Account, Credentials, Email, FullName, PasswordHash, Role, User, UserId};
use crate::database::{Page, StorageError};

/// Keeps users.
///
/// Every implementation passes the `conformance` suite of this module. Guarantees:
///
/// - What a call answered is durable: it survives the death of the process and the machine.
/// - Emails are unique. Of any number of inserts of one email at the same time, one succeeds.
/// - Every call ends within the configured timeout, by [`StorageError`] if need be.
/// - A call whose future is dropped has either happened as a whole or not at all.
#[async_trait]
pub trait UserRepository: Send + Sync + std::fmt::Debug {
    /// The user with this id, and which of their tokens count; `None` if there is none.
    async fn find_account(&self, id: UserId) -> Result<Option<Account>, StorageError>;

    /// The user with this id, `None` if there is none.
    async fn find(&self, id: UserId) -> Result<Option<User>, StorageError> {
        Ok(self.find_account(id).await?.map(|account| account.user))
    }

    /// Those of the users with these ids whom there are, each once and in no order; in one look, for
    /// which a few hundred are not too many.
    async fn find_accounts(&self, ids: &[UserId]) -> Result<Vec<Account>, StorageError>;

    /// The user with this email and what proves that it is them.
    async fn find_credentials(&self, email: &Email) -> Result<Option<Credentials>, StorageError>;

    /// Users in the order of their emails, which no change of theirs moves.
    async fn list(&self, page: Page) -> Result<Vec<User>, StorageError>;

    /// Changes a user, in one step; the user as they are then, `None` if there is none with this id.
    async fn update(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StorageError>;

    /// Adds a user.
    async fn insert(&self, user: &NewUser) -> Result<(), InsertError>;

    /// Begins to add many users in one transaction. What is dropped before its
    /// [`commit`](Adding::commit) has not happened.
    async fn begin_adding(&self) -> Result<Box<dyn Adding + '_>, StorageError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StorageError>;
}

/// Users on their way into the database, all or none. Meanwhile other writers may have to wait.
#[async_trait]
pub trait Adding: Send {
    /// Adds a user as they are, if neither their email nor their id is taken, be it by one that was
    /// added here. An error other than [`AddError::Storage`] leaves the others as they are.
    async fn add(&mut self, user: &Credentials) -> Result<(), AddError>;

    /// Makes what was added durable, and visible to others.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}

/// What is to be different about a user; the rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The name others see.
    pub full_name: Option<FullName>,
    /// Whether they may sign in and stay.
    pub is_active: Option<bool>,
    /// What they may do.
    pub roles: Option<Vec<Role>>,
    /// What proves that it is them.
    pub password: Option<PasswordChange>,
}

/// Another password, and the end of the tokens that were issued before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// What the password must match.
    pub hash: PasswordHash,
    /// Tokens that were issued before this second since the epoch do not count any more. If a later
    /// one was set before, it is the second after that: fresh tokens say that they were issued then.
    pub tokens_since_secs: u64,
}

/// A user who is not stored yet; active from the start.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Drawn by the caller.
    pub id: UserId,
    /// Must not be taken.
    pub email: Email,
    /// The name others see.
    pub full_name: FullName,
    /// What the password must match.
    pub password: PasswordHash,
    /// What they may do.
    pub roles: Vec<Role>,
}

impl NewUser {
    /// The user as they are once stored.
    pub fn into_user(self) -> User {
        User {
            id: self.id,
            email: self.email,
            full_name: self.full_name,
            is_active: true,
            roles: self.roles,
        }
    }
}

/// Why a user was not added.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// Another user has this email.
    #[error("the email is taken")]
    EmailTaken,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a user was not added to many others.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Another user has this email.
    #[error("the email is taken")]
    EmailTaken,
    /// Another user, of another email, has this id.
    #[error("the id is taken")]
    IdTaken,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
