//! Hashing of passwords: slow on purpose, and therefore off the threads that serve requests.

use std::num::NonZeroUsize;
use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::password::NewPassword;
use crate::clock::Sources;
use crate::users::PasswordHash;

/// Hashes and verifies passwords: argon2id for new ones (19 MiB, 2 passes), and bcrypt for those
/// that an existing database has.
///
/// At most one password for each core is in the works. A bounded number waits; past it,
/// [`HashError::Busy`] at once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    cores: Arc<Semaphore>,
    line: Arc<Semaphore>,
    params: Params,
    sources: Sources,
    decoys: Decoys,
}

/// What passwords that do not match are compared with besides, so that nobody can tell from the time
/// whether there is such a user, and of which kind their hash is.
#[derive(Debug, Clone)]
struct Decoys {
    argon2id: PasswordHash,
    bcrypt: PasswordHash,
}

/// The two kinds of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Argon2id,
    Bcrypt,
}

/// Of the cost that the original's hashes have.
const BCRYPT_DECOY: &str = "$2b$10$.....................................................";

/// Why a password was neither hashed nor verified.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting.
    #[error("too many passwords are waiting for a core")]
    Busy,
    /// The hash is of no known kind, or the work was cut short.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

impl PasswordHasher {
    /// A hasher for this many cores, where `queue` passwords may wait. Makes one hash itself.
    pub fn new(cores: NonZeroUsize, queue: usize, sources: Sources) -> Result<Self, HashError> {
        Self::with_params(Params::default(), cores, queue, sources)
    }

    /// A hasher whose argon2id costs as much as `params` say.
    pub fn with_params(
        params: Params,
        cores: NonZeroUsize,
        queue: usize,
        sources: Sources,
    ) -> Result<Self, HashError> {
        let nobodys = sources.bytes::<32>();
        let decoys = Decoys {
            argon2id: hash(&params, &nobodys, &sources.bytes())?,
            bcrypt: PasswordHash::new(BCRYPT_DECOY.to_owned()),
        };
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores.get())),
            line: Arc::new(Semaphore::new(cores.get().saturating_add(queue))),
            params,
            sources,
            decoys,
        })
    }

    /// Hashes a new password with a new salt.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, HashError> {
        let (params, salt) = (self.params.clone(), self.sources.bytes());
        self.work(move || hash(&params, password.into_inner().as_bytes(), &salt)).await
    }

    /// Whether the password is the one that was hashed. Without a hash, because there is no such
    /// user, the answer is no. A no takes as long whatever its reason: that of one hash of each kind.
    pub async fn verify(
        &self,
        password: String,
        expected: Option<PasswordHash>,
    ) -> Result<bool, HashError> {
        let decoys = self.decoys.clone();
        self.work(move || {
            if let Some(hash) = &expected
                && verify(&password, hash)?
            {
                return Ok(true);
            }
            for kind in kinds_beside(expected.as_ref().map(Kind::of)) {
                // Whatever comes of it, it took its time.
                verify(&password, decoys.of(kind)).ok();
            }
            Ok(false)
        })
        .await
    }

    /// Runs the work on a blocking thread. Its place is given back when it ends, not when whoever
    /// asked for it goes away: otherwise those who hang up could start any number.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.line).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| HashError::Busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((core, place));
            result
        });
        worked.await.map_err(|error| HashError::Failed(error.to_string()))?
    }
}

fn argon2id(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &[u8], salt: &[u8; 16]) -> Result<PasswordHash, HashError> {
    let hash: Result<phc::PasswordHash, _> =
        argon2id(params).hash_password_with_salt(password, salt);
    hash.map(|hash| PasswordHash::new(hash.to_string()))
        .map_err(|error| HashError::Failed(error.to_string()))
}

impl Kind {
    /// By how it is written.
    fn of(hash: &PasswordHash) -> Self {
        if hash.expose().starts_with("$2") { Self::Bcrypt } else { Self::Argon2id }
    }
}

impl Decoys {
    fn of(&self, kind: Kind) -> &PasswordHash {
        match kind {
            Kind::Argon2id => &self.argon2id,
            Kind::Bcrypt => &self.bcrypt,
        }
    }
}

/// The kinds that a password has not been compared with, if it has with `done`.
fn kinds_beside(done: Option<Kind>) -> impl Iterator<Item = Kind> {
    [Kind::Argon2id, Kind::Bcrypt].into_iter().filter(move |kind| Some(*kind) != done)
}

fn verify(password: &str, expected: &PasswordHash) -> Result<bool, HashError> {
    let kind = Kind::of(expected);
    let expected = expected.expose();
    if kind == Kind::Bcrypt {
        return bcrypt::verify(password, expected)
            .map_err(|error| HashError::Failed(error.to_string()));
    }
    let expected =
        phc::PasswordHash::new(expected).map_err(|error| HashError::Failed(error.to_string()))?;
    match argon2id(&Params::default()).verify_password(password.as_bytes(), &expected) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(HashError::Failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As cheap as argon2 allows.
    fn hasher(queue: usize) -> PasswordHasher {
        let params = Params::new(8, 1, 1, None).unwrap();
        PasswordHasher::with_params(params, NonZeroUsize::MIN, queue, Sources::system()).unwrap()
    }

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let hasher = hasher(8);
        let hash = hasher.hash(password("Abc123")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$"));
        assert!(hasher.verify("Abc123".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("Abc124".to_owned(), Some(hash)).await.unwrap());
        assert!(!hasher.verify("Abc123".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hasher = hasher(8);
        let first = hasher.hash(password("Abc123")).await.unwrap();
        assert_ne!(first, hasher.hash(password("Abc123")).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_an_existing_database_are_verified() {
        let hasher = hasher(8);
        for version in [bcrypt::Version::TwoA, bcrypt::Version::TwoB] {
            let hash = bcrypt::hash_with_salt("Abc123", 4, [7; 16]).unwrap();
            let hash = PasswordHash::new(hash.format_for_version(version));
            assert!(hasher.verify("Abc123".to_owned(), Some(hash.clone())).await.unwrap());
            assert!(!hasher.verify("abc123".to_owned(), Some(hash)).await.unwrap());
        }
    }

    /// Work is counted, not time: what a no costs is one hash of each kind, whoever asks.
    #[test]
    fn a_no_costs_the_same_whatever_its_reason() {
        let hasher = hasher(8);
        for known in [None, Some(Kind::Argon2id), Some(Kind::Bcrypt)] {
            let mut done: Vec<_> = known.into_iter().chain(kinds_beside(known)).collect();
            done.sort_by_key(|kind| *kind as u8);
            assert_eq!(done, [Kind::Argon2id, Kind::Bcrypt], "{known:?}");
        }
        for kind in [Kind::Argon2id, Kind::Bcrypt] {
            let decoy = hasher.decoys.of(kind);
            assert_eq!(Kind::of(decoy), kind);
            assert!(!verify("Abc123", decoy).unwrap(), "a decoy can be compared with");
        }
    }

    #[tokio::test]
    async fn a_hash_of_no_known_kind_is_an_error() {
        let hash = Some(PasswordHash::new("plain text".to_owned()));
        let error = hasher(8).verify("plain text".to_owned(), hash).await.unwrap_err();
        assert!(matches!(&error, HashError::Failed(why) if !why.contains("plain text")));
    }

    #[tokio::test]
    async fn past_the_line_the_answer_is_busy_at_once() {
        let hasher = hasher(1);
        let core = hasher.cores.acquire().await.unwrap();
        let (first, second) = (hasher.clone(), hasher.clone());
        let mut first = Box::pin(first.hash(password("Abc123")));
        let mut second = Box::pin(second.hash(password("Abc123")));
        assert!(futures_util::poll!(first.as_mut()).is_pending());
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        let third = hasher.hash(password("Abc123")).await;
        assert!(matches!(third, Err(HashError::Busy)));
        drop(core);
        assert!(first.await.is_ok() && second.await.is_ok());
        assert_eq!((hasher.cores.available_permits(), hasher.line.available_permits()), (1, 2));
    }
}
