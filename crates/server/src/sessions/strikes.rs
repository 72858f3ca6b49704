//! Patience with one connection: how often it may send what it was told is too much.

use std::sync::OnceLock;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::Rate;

/// The refusals that one connection has had lately. Takes no memory worth speaking of before the first.
#[derive(Debug, Default)]
pub(super) struct Strikes(OnceLock<Box<DefaultDirectRateLimiter>>);

impl Strikes {
    /// Counts a refusal. Whether there have been more than `patience` allows.
    pub(super) fn is_one_too_many(&self, patience: Rate) -> bool {
        let limiter = self.0.get_or_init(|| {
            let quota = Quota::with_period(patience.period / patience.count.get())
                .expect("a rate has no period of nothing");
            Box::new(RateLimiter::direct(quota.allow_burst(patience.count)))
        });
        limiter.check().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_has_an_end() {
        let strikes = Strikes::default();
        let patience = "3/1h".parse().unwrap();
        let answers: Vec<_> = (0..5).map(|_| strikes.is_one_too_many(patience)).collect();
        assert_eq!(answers, [false, false, false, true, true]);
    }
}
