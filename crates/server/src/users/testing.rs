//! Users for tests of other modules.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use crate::clock::Sources;
use crate::database::{Page, StorageError};

/// An active user with this email.
pub(crate) fn member(email: &str) -> User {
    conformance::new_user(&Sources::system(), email).into_user()
}

/// Users in memory, or a database that is away.
#[derive(Debug, Default)]
pub(crate) struct MemoryUsers {
    users: Mutex<Option<Vec<Credentials>>>,
    /// Where calls of `find` and of `update` wait.
    finds: Option<Arc<Gate>>,
    updates: Option<Arc<Gate>>,
}

/// Where calls wait when they are done, and have not answered yet, until the test lets them go on.
#[derive(Debug)]
pub(crate) struct Gate {
    arrivals: Semaphore,
    /// A permit lets one call pass; closed means open.
    passage: Semaphore,
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { arrivals: Semaphore::new(0), passage: Semaphore::new(0) })
    }

    /// Waits until a call has arrived.
    pub(crate) async fn arrival(&self) {
        self.arrivals.acquire().await.unwrap().forget();
    }

    /// Lets so many calls pass.
    pub(crate) fn admit(&self, calls: usize) {
        self.passage.add_permits(calls);
    }

    /// Lets all calls pass, those to come included.
    pub(crate) fn open(&self) {
        self.passage.close();
    }

    async fn pass(&self) {
        self.arrivals.add_permits(1);
        if let Ok(permit) = self.passage.acquire().await {
            permit.forget();
        }
    }
}

impl MemoryUsers {
    /// These users, whose passwords match nothing.
    pub(crate) fn of<const N: usize>(users: [User; N]) -> Self {
        let password = PasswordHash::new("$argon2id$nothing".to_owned());
        let credentials = users.map(|user| Credentials {
            user,
            password: password.clone(),
            tokens_since_secs: 0,
        });
        Self { users: Mutex::new(Some(credentials.to_vec())), ..Self::default() }
    }

    /// A database that is away.
    pub(crate) fn broken() -> Self {
        Self::default()
    }

    /// Calls of `find` wait at this gate.
    pub(crate) fn holding_finds(self, gate: &Arc<Gate>) -> Self {
        Self { finds: Some(Arc::clone(gate)), ..self }
    }

    /// Calls of `update` wait at this gate.
    pub(crate) fn holding_updates(self, gate: &Arc<Gate>) -> Self {
        Self { updates: Some(Arc::clone(gate)), ..self }
    }

    /// From now on the database is away.
    pub(crate) fn go_away(&self) {
        *self.users.lock().unwrap() = None;
    }

    fn with<T>(&self, read: impl FnOnce(&mut Vec<Credentials>) -> T) -> Result<T, StorageError> {
        let mut users = self.users.lock().unwrap();
        users.as_mut().map(read).ok_or_else(|| StorageError::new("away"))
    }
}

#[async_trait]
impl UserRepository for MemoryUsers {
    async fn find_account(&self, id: UserId) -> Result<Option<Account>, StorageError> {
        let found = self.with(|users| {
            let Credentials { user, tokens_since_secs, .. } =
                users.iter().find(|found| found.user.id == id)?.clone();
            Some(Account { user, tokens_since_secs })
        });
        pass(self.finds.as_deref()).await;
        found
    }

    async fn find_accounts(&self, ids: &[UserId]) -> Result<Vec<Account>, StorageError> {
        self.with(|users| {
            let wanted = users.iter().filter(|known| ids.contains(&known.user.id)).cloned();
            wanted
                .map(|Credentials { user, tokens_since_secs, .. }| Account {
                    user,
                    tokens_since_secs,
                })
                .collect()
        })
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
        let UserChange { full_name, is_active, roles, password } = change.clone();
        let changed = self.with(|users| {
            let known = users.iter_mut().find(|found| found.user.id == id)?;
            if let Some(PasswordChange { hash, tokens_since_secs }) = password {
                known.password = hash;
                let known = &mut known.tokens_since_secs;
                let later = if *known == 0 { 0 } else { *known + 1 };
                *known = tokens_since_secs.max(later);
            }
            let user = &mut known.user;
            user.full_name = full_name.unwrap_or_else(|| user.full_name.clone());
            user.is_active = is_active.unwrap_or(user.is_active);
            user.roles = roles.unwrap_or_else(|| user.roles.clone());
            Some(user.clone())
        });
        pass(self.updates.as_deref()).await;
        changed
    }

    async fn insert(&self, user: &NewUser) -> Result<(), InsertError> {
        let taken = self.find_credentials(&user.email).await?.is_some();
        if taken {
            return Err(InsertError::EmailTaken);
        }
        let (password, user) = (user.password.clone(), user.clone().into_user());
        let added = Credentials { user, password, tokens_since_secs: 0 };
        Ok(self.with(|users| users.push(added))?)
    }

    async fn begin_adding(&self) -> Result<Box<dyn Adding + '_>, StorageError> {
        let all = self.with(|users| users.clone())?;
        Ok(Box::new(MemoryAdding { users: self, all }))
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.with(|_| ())
    }
}

async fn pass(gate: Option<&Gate>) {
    if let Some(gate) = gate {
        gate.pass().await;
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
