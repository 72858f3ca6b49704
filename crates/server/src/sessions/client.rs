//! What the gateway knows of a socket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::device::Device;
use super::registry::{Owner, Registration};
use super::strikes::Strikes;
use crate::admission::Place;
use crate::auth::VerifiedUser;
use crate::config::Rate;
use crate::rooms::Joined;
use crate::users::{User, UserId};

/// A connected client: the data of its socket. There is none without a verified user.
#[derive(Debug)]
pub(crate) struct Client {
    owner: Owner,
    connected_at_millis: u64,
    /// How often users had been changed before this one was looked up.
    changes: u64,
    registration: OnceLock<Registration>,
    standing: RwLock<Standing>,
    /// Among those of its address, as long as it is connected.
    place: Mutex<Option<Place>>,
    strikes: Strikes,
    joined: Arc<Joined>,
    /// How often its user's rooms had been changed when it last followed; more often than they can be
    /// before it did.
    rooms_version: AtomicU64,
}

/// What may change while a client is connected.
#[derive(Debug)]
struct Standing {
    user: Arc<User>,
    issued_at_secs: u64,
    expires_at_secs: u64,
}

impl Client {
    pub(crate) fn new(
        verified: &VerifiedUser,
        device: Device,
        connected_at_millis: u64,
        changes: u64,
        place: Option<Place>,
        joined: Arc<Joined>,
    ) -> Self {
        let user = Arc::new(verified.user().clone());
        Self {
            owner: Owner { user: user.id, device },
            connected_at_millis,
            changes,
            registration: OnceLock::new(),
            standing: RwLock::new(Standing {
                user,
                issued_at_secs: verified.issued_at_secs(),
                expires_at_secs: verified.expires_at_secs(),
            }),
            place: Mutex::new(place),
            strikes: Strikes::default(),
            joined,
            rooms_version: AtomicU64::new(u64::MAX),
        }
    }

    /// Frees its place: it may be kept for long after it has left, in case it comes back.
    pub(super) fn free_place(&self) {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Counts that an event was refused for coming too often. Whether it is ended for that.
    pub(crate) fn was_refused_too_often(&self, patience: Rate) -> bool {
        self.strikes.is_one_too_many(patience)
    }

    fn standing(&self) -> RwLockReadGuard<'_, Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Standing> {
        self.standing.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> Owner {
        self.owner
    }

    /// Who it is.
    pub(crate) fn user_id(&self) -> UserId {
        self.owner.user
    }

    /// What it says it is.
    pub(crate) fn device(&self) -> Device {
        self.owner.device
    }

    /// The user as they are now: changes of an admin are seen at once.
    pub(crate) fn user(&self) -> Arc<User> {
        Arc::clone(&self.standing().user)
    }

    /// When its token was issued, in seconds since the epoch.
    pub(super) fn issued_at_secs(&self) -> u64 {
        self.standing().issued_at_secs
    }

    /// When its token ends, in seconds since the epoch.
    pub(crate) fn expires_at_secs(&self) -> u64 {
        self.standing().expires_at_secs
    }

    /// The rooms of its user.
    pub(crate) fn joined(&self) -> &Joined {
        &self.joined
    }

    /// How often its user's rooms had been changed when it last followed.
    pub(crate) fn rooms_version(&self) -> u64 {
        self.rooms_version.load(Ordering::Acquire)
    }

    /// It has followed so many changes of its user's rooms.
    pub(crate) fn set_rooms_version(&self, version: u64) {
        self.rooms_version.store(version, Ordering::Release);
    }

    /// Milliseconds since the epoch.
    pub(crate) fn connected_at_millis(&self) -> u64 {
        self.connected_at_millis
    }

    /// How often users had been changed before this one was looked up.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes the user as they were looked up, if that is still so. Says whether they were another.
    pub(super) fn set_user(&self, user: &User, is_current: impl FnOnce() -> bool) -> bool {
        let mut standing = self.change();
        let is_news = *standing.user != *user && is_current();
        if is_news {
            standing.user = Arc::new(user.clone());
        }
        is_news
    }

    /// Another token was presented for it, which counts until then.
    pub(super) fn set_token(&self, issued_at_secs: u64, expires_at_secs: u64) {
        let mut standing = self.change();
        standing.issued_at_secs = issued_at_secs;
        standing.expires_at_secs = expires_at_secs;
    }

    pub(super) fn set_registration(&self, registration: Registration) {
        self.registration.get_or_init(|| registration);
    }

    /// Its place in the order of registration, once it is registered.
    pub(crate) fn registration(&self) -> Option<Registration> {
        self.registration.get().copied()
    }
}
