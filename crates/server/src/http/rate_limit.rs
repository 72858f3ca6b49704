//! Limits on how often something may be tried.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use super::ApiError;
use crate::config::Rate;

/// Limits attempts per key.
///
/// Keys are spread over 65,536 buckets by a hash whose seed is drawn at start, so that memory is
/// bounded whatever keys there are, and nobody can choose a key that shares someone else's bucket.
/// Keys that do share one share its rate.
#[derive(Debug)]
pub struct Limiter {
    /// `None` when limits are lifted.
    buckets: Option<DefaultKeyedRateLimiter<u16>>,
    hasher: RandomState,
}

impl Limiter {
    /// A limiter of this rate, or one that lets everything through.
    pub fn new(rate: Rate, enabled: bool) -> Self {
        let quota = Quota::with_period(rate.period / rate.count.get());
        let quota = quota.map(|quota| quota.allow_burst(rate.count)).filter(|_| enabled);
        Self { buckets: quota.map(DefaultKeyedRateLimiter::keyed), hasher: RandomState::new() }
    }

    /// Counts one attempt. 429 with the time to wait if it is one too many.
    pub fn check(&self, key: impl Hash) -> Result<(), ApiError> {
        self.try_take(key).map_err(ApiError::too_many)
    }

    /// Counts one attempt; the time to wait if it is one too many.
    pub fn try_take(&self, key: impl Hash) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        #[expect(clippy::cast_possible_truncation, reason = "the low bits choose the bucket")]
        let bucket = self.hasher.hash_one(key) as u16;
        buckets
            .check_key(&bucket)
            .map_err(|refused| refused.wait_time_from(DefaultClock::default().now()))
    }
}

/// What counts as one address: an IPv4 address, or the /64 network that an IPv6 client has to
/// itself.
pub fn address_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            const NETWORK: u128 = !(u64::MAX as u128);
            IpAddr::V6((address.to_bits() & NETWORK).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_burst_through_and_then_says_how_long_to_wait() {
        let limiter = Limiter::new("3/1h".parse().unwrap(), true);
        for _ in 0..3 {
            assert_eq!(limiter.try_take("someone"), Ok(()));
        }
        let wait = limiter.try_take("someone").unwrap_err();
        assert!(wait > Duration::from_mins(19) && wait <= Duration::from_mins(20), "{wait:?}");
        assert_eq!(limiter.try_take("someone else"), Ok(()));
    }

    #[test]
    fn lifted_limits_let_everything_through() {
        let limiter = Limiter::new("1/1h".parse().unwrap(), false);
        assert!((0..100).all(|_| limiter.try_take("someone").is_ok()));
    }

    #[test]
    fn memory_is_bounded_whatever_the_keys() {
        let limiter = Limiter::new("1000000/1h".parse().unwrap(), true);
        for key in 0..200_000_u32 {
            limiter.try_take(key).unwrap();
        }
        assert!(limiter.buckets.unwrap().len() <= 65_536);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_address() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
