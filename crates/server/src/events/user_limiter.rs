//! A limit that each user has to themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::config::Rate;
use crate::users::UserId;

/// The events at least between two times at which users are forgotten.
const FEWEST: usize = 1_024;

/// Limits attempts of users, each by their id alone: what others do is nothing to them.
///
/// Whoever could send as much as somebody new is forgotten, once there were as many attempts as users
/// were remembered the last time. So memory is bounded by twice the users who have been active, and
/// forgetting costs each attempt little.
#[derive(Debug)]
pub(super) struct UserLimiter {
    /// `None` when limits are lifted.
    users: Option<DefaultKeyedRateLimiter<UserId>>,
    /// Attempts until users are forgotten again.
    left: AtomicUsize,
}

impl UserLimiter {
    /// A limiter of this rate, or one that lets everything through.
    pub(super) fn new(rate: Rate, enabled: bool) -> Self {
        let quota = Quota::with_period(rate.period / rate.count.get());
        let quota = quota.map(|quota| quota.allow_burst(rate.count)).filter(|_| enabled);
        let users = quota.map(DefaultKeyedRateLimiter::keyed);
        Self { users, left: AtomicUsize::new(FEWEST) }
    }

    /// Counts one attempt; the time to wait if it is one too many.
    pub(super) fn try_take(&self, user: UserId) -> Result<(), Duration> {
        let Some(users) = &self.users else {
            return Ok(());
        };
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            users.retain_recent();
            users.shrink_to_fit();
            self.left.store(users.len().max(FEWEST), Ordering::Relaxed);
        }
        users
            .check_key(&user)
            .map_err(|refused| refused.wait_time_from(DefaultClock::default().now()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn limiter(rate: &str) -> UserLimiter {
        UserLimiter::new(rate.parse().unwrap(), true)
    }

    fn user(number: usize) -> UserId {
        UserId::new(Uuid::from_u128(number as u128))
    }

    #[test]
    fn no_number_of_strangers_takes_what_is_someones_own() {
        // With fewer buckets than users, some would share one.
        let limiter = limiter("1/1h");
        assert!((0..70_000).all(|number| limiter.try_take(user(number)).is_ok()));
        assert!((0..70_000).all(|number| limiter.try_take(user(number)).is_err()));
    }

    #[test]
    fn who_waits_is_told_how_long() {
        let limiter = limiter("3/1h");
        assert!((0..3).all(|_| limiter.try_take(user(1)).is_ok()));
        let wait = limiter.try_take(user(1)).unwrap_err();
        assert!(wait > Duration::from_mins(19) && wait <= Duration::from_mins(20), "{wait:?}");
    }

    #[test]
    fn those_who_have_waited_long_enough_take_no_memory() {
        // What one event takes is back after a nanosecond.
        let limiter = limiter("1000000/1ms");
        for number in 0..100_000 {
            limiter.try_take(user(number)).unwrap();
        }
        assert!(limiter.users.unwrap().len() <= 2 * FEWEST);
    }

    #[test]
    fn lifted_limits_let_everything_through() {
        let limiter = UserLimiter::new("1/1h".parse().unwrap(), false);
        assert!((0..100).all(|_| limiter.try_take(user(1)).is_ok()));
    }
}
