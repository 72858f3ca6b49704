//! How often someone may try.

use std::net::IpAddr;

use crate::config::RateLimits;
use crate::http::{ApiError, Limiter, address_key};
use crate::users::Email;

/// The limits on registering and logging in.
#[derive(Debug)]
pub struct AuthLimits {
    login_per_address: Limiter,
    login_per_account: Limiter,
    register_per_address: Limiter,
}

impl AuthLimits {
    /// The limits that are configured.
    pub fn new(settings: &RateLimits) -> Self {
        let limiter = |rate| Limiter::new(rate, settings.enabled);
        Self {
            login_per_address: limiter(settings.login_per_address),
            login_per_account: limiter(settings.login_per_account),
            register_per_address: limiter(settings.register_per_address),
        }
    }

    /// Counts an attempt to log in to an account, whether or not it exists.
    pub(super) fn login(&self, address: IpAddr, email: &Email) -> Result<(), ApiError> {
        self.login_per_address.check(address_key(address))?;
        self.login_per_account.check(email)
    }

    /// Counts an attempt to register.
    pub(super) fn register(&self, address: IpAddr) -> Result<(), ApiError> {
        self.register_per_address.check(address_key(address))
    }
}
