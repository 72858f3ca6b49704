//! Who may connect at all, whoever they are: how often from one address, and how many at once.
//!
//! It is asked at the door (the handshake of a session, [`Door`]) and at each CONNECT, before anything
//! is looked up. Whoever is not let in loses the transport and nothing else, so that stock clients try
//! again by themselves, with growing pauses.

mod door;
mod places;

use std::net::IpAddr;
use std::time::Duration;

pub(crate) use door::Door;
pub(crate) use places::Place;
use places::Places;

use crate::config::{Rate, RateLimits};
use crate::http::{Limiter, address_key};

/// When there is a free place nobody knows; this is what those who wait for one are told.
const UNTIL_A_PLACE: Duration = Duration::from_secs(30);

/// How often the log says that an address is kept out.
const WARNINGS: Rate = Rate { count: std::num::NonZeroU32::MIN, period: Duration::from_mins(1) };

/// The limits of addresses.
#[derive(Debug)]
pub(crate) struct Admission {
    handshakes: Limiter,
    connects: Limiter,
    places: Places,
    warnings: Limiter,
}

/// Why an address is kept out for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeptOut {
    /// It connects too often. The time after which it may again.
    #[error("too many connections were opened from this address")]
    TooOften(Duration),
    /// It has as many connections as it may.
    #[error("too many connections from this address are open")]
    TooMany,
}

impl KeptOut {
    /// The time after which trying again makes sense.
    pub(crate) const fn retry_after(self) -> Duration {
        match self {
            Self::TooOften(wait) => wait,
            Self::TooMany => UNTIL_A_PLACE,
        }
    }
}

impl Admission {
    /// The limits that are configured.
    pub(crate) fn new(settings: &RateLimits) -> Self {
        let limiter = || Limiter::new(settings.connects_per_address, settings.enabled);
        let most = if settings.enabled { settings.connections_per_address } else { usize::MAX };
        Self {
            handshakes: limiter(),
            connects: limiter(),
            places: Places::new(most),
            warnings: Limiter::new(WARNINGS, true),
        }
    }

    /// A session is to be opened from an address.
    pub(crate) fn knock(&self, address: IpAddr) -> Result<(), KeptOut> {
        let key = address_key(address);
        let answer = match self.handshakes.try_take(key) {
            Err(wait) => Err(KeptOut::TooOften(wait)),
            Ok(()) if self.places.is_full(key) => Err(KeptOut::TooMany),
            Ok(()) => Ok(()),
        };
        answer.inspect_err(|why| self.warn(key, *why))
    }

    /// A client is to be connected from an address. It takes a place, if there is an address.
    pub(crate) fn connect(&self, address: Option<IpAddr>) -> Result<Option<Place>, KeptOut> {
        let Some(key) = address.map(address_key) else { return Ok(None) };
        let answer = match self.connects.try_take(key) {
            Err(wait) => Err(KeptOut::TooOften(wait)),
            Ok(()) => self.places.take(key).map(Some).ok_or(KeptOut::TooMany),
        };
        answer.inspect_err(|why| self.warn(key, *why))
    }

    fn warn(&self, address: IpAddr, why: KeptOut) {
        if self.warnings.try_take(address).is_ok() {
            tracing::warn!(%address, %why, "kept out; is it a proxy that server.trusted_proxies lacks?");
        }
    }
}
