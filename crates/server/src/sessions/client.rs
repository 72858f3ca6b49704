//! What the gateway knows of a socket.

use std::sync::OnceLock;

use super::device::Device;
use super::registry::{Owner, Registration};
use crate::auth::VerifiedUser;
use crate::users::User;

/// A connected client: the data of its socket. There is none without a verified user.
#[derive(Debug)]
pub(crate) struct Client {
    user: VerifiedUser,
    device: Device,
    connected_at_millis: u64,
    /// How often users had been deactivated before this one was looked up.
    deactivations: u64,
    registration: OnceLock<Registration>,
}

impl Client {
    pub(crate) fn new(
        user: VerifiedUser,
        device: Device,
        connected_at_millis: u64,
        deactivations: u64,
    ) -> Self {
        let registration = OnceLock::new();
        Self { user, device, connected_at_millis, deactivations, registration }
    }

    /// How often users had been deactivated before this one was looked up.
    pub(crate) fn deactivations(&self) -> u64 {
        self.deactivations
    }

    pub(crate) fn user(&self) -> &User {
        self.user.user()
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> Owner {
        Owner { user: self.user().id, device: self.device }
    }

    /// What it says it is.
    pub(crate) fn device(&self) -> Device {
        self.device
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
