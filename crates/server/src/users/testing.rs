//! Users for tests of other modules.

use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::clock::Sources;
use crate::database::{Page, StorageError};

/// An active user with this email.
pub(crate) fn member(email: &str) -> User {
    conformance::new_user(&Sources::system(), email).into_user()
}

/// Users in memory, or a database that is away.
#[derive(Debug)]
pub(crate) struct MemoryUsers(Option<Mutex<Vec<Credentials>>>);

impl MemoryUsers {
    /// These users, whose passwords match nothing.
    pub(crate) fn of<const N: usize>(users: [User; N]) -> Self {
        let password = PasswordHash::new("$argon2id$nothing".to_owned());
        let credentials =
            users.map(|user| Credentials { user, password: password.clone() }).to_vec();
        Self(Some(Mutex::new(credentials)))
    }

    /// A database that is away.
    pub(crate) fn broken() -> Self {
        Self(None)
    }

    fn with<T>(&self, read: impl FnOnce(&mut Vec<Credentials>) -> T) -> Result<T, StorageError> {
        let users = self.0.as_ref().ok_or_else(|| StorageError::new("away"))?;
        Ok(read(&mut users.lock().unwrap()))
    }
}

#[async_trait]
impl UserRepository for MemoryUsers {
    async fn find(&self, id: UserId) -> Result<Option<User>, StorageError> {
        self.with(|users| users.iter().find(|found| found.user.id == id).map(|c| c.user.clone()))
    }

    async fn find_credentials(&self, email: &Email) -> Result<Option<Credentials>, StorageError> {
        self.with(|users| users.iter().find(|found| &found.user.email == email).cloned())
    }

    async fn list(&self, page: Page) -> Result<Vec<User>, StorageError> {
        self.with(|users| {
            let mut all: Vec<_> = users.iter().map(|found| found.user.clone()).collect();
            all.sort_by(|a, b| a.email.as_str().cmp(b.email.as_str()));
            all.into_iter().skip(page.offset as usize).take(page.limit as usize).collect()
        })
    }

    async fn update(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StorageError> {
        let UserChange { full_name, is_active, roles } = change.clone();
        self.with(|users| {
            let user = &mut users.iter_mut().find(|found| found.user.id == id)?.user;
            user.full_name = full_name.unwrap_or_else(|| user.full_name.clone());
            user.is_active = is_active.unwrap_or(user.is_active);
            user.roles = roles.unwrap_or_else(|| user.roles.clone());
            Some(user.clone())
        })
    }

    async fn set_password(
        &self,
        id: UserId,
        password: &PasswordHash,
    ) -> Result<bool, StorageError> {
        self.with(|users| {
            let known = users.iter_mut().find(|found| found.user.id == id);
            known.map(|known| known.password = password.clone()).is_some()
        })
    }

    async fn insert(&self, user: &NewUser) -> Result<(), InsertError> {
        let taken = self.find_credentials(&user.email).await?.is_some();
        if taken {
            return Err(InsertError::EmailTaken);
        }
        let (password, user) = (user.password.clone(), user.clone().into_user());
        Ok(self.with(|users| users.push(Credentials { user, password }))?)
    }

    async fn begin_adding(&self) -> Result<Box<dyn Adding + '_>, StorageError> {
        let all = self.with(|users| users.clone())?;
        Ok(Box::new(MemoryAdding { users: self, all }))
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.with(|_| ())
    }
}

struct MemoryAdding<'a> {
    users: &'a MemoryUsers,
    all: Vec<Credentials>,
}

#[async_trait]
impl Adding for MemoryAdding<'_> {
    async fn add(&mut self, added: &Credentials) -> Result<(), AddError> {
        if self.all.iter().any(|known| known.user.email == added.user.email) {
            return Err(AddError::EmailTaken);
        }
        if self.all.iter().any(|known| known.user.id == added.user.id) {
            return Err(AddError::IdTaken);
        }
        self.all.push(added.clone());
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.users.with(|users| *users = self.all)
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&MemoryUsers::of([]), &Sources::system()).await;
}
