//! What the gateway knows of a socket.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::registry::Registration;
use super::strikes::Strikes;
use crate::admission::Place;
use crate::auth::VerifiedUser;
use crate::config::Rate;
use crate::users::User;

/// A connected client: the data of its socket. There is none without a verified user.
#[derive(Debug)]
pub(crate) struct Client {
    user: VerifiedUser,
    connected_at_millis: u64,
    /// How often users had been deactivated before this one was looked up.
    deactivations: u64,
    registration: OnceLock<Registration>,
    /// Among those of its address, as long as it is connected.
    place: Mutex<Option<Place>>,
    strikes: Strikes,
}

impl Client {
    pub(crate) fn new(
        user: VerifiedUser,
        connected_at_millis: u64,
        deactivations: u64,
        place: Option<Place>,
    ) -> Self {
        Self {
            user,
            connected_at_millis,
            deactivations,
            registration: OnceLock::new(),
            place: Mutex::new(place),
            strikes: Strikes::default(),
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

    /// How often users had been deactivated before this one was looked up.
    pub(crate) fn deactivations(&self) -> u64 {
        self.deactivations
    }

    pub(crate) fn user(&self) -> &User {
        self.user.user()
    }

    /// When its token ends, in seconds since the epoch.
    pub(crate) fn expires_at_secs(&self) -> u64 {
        self.user.expires_at_secs()
    }

    /// Milliseconds since the epoch.
    pub(crate) fn connected_at_millis(&self) -> u64 {
        self.connected_at_millis
    }

    pub(super) fn set_registration(&self, registration: Registration) {
        self.registration.get_or_init(|| registration);
    }

    /// Its place in the order of registration, once it is registered.
    pub(crate) fn registration(&self) -> Option<Registration> {
        self.registration.get().copied()
    }
}
