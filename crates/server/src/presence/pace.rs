//! How often `clients-updated` may go to everyone (contract §1.3).

use std::time::Duration;

use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_millis(50);
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// The time that must pass after a list of `bytes` went to `clients` clients.
pub(crate) fn interval(clients: usize, bytes: usize, bytes_per_second: u64) -> Duration {
    let cost = (clients as u64).saturating_mul(bytes as u64);
    let millis = cost.saturating_mul(1_000) / bytes_per_second.max(1);
    Duration::from_millis(millis).clamp(SHORTEST, LONGEST)
}

/// Whether a change is to be told at once, or with the next list.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// No list may go out before.
    not_before: Option<Instant>,
    /// A change waits to be told.
    pending: bool,
}

impl Pace {
    /// There is a change. `true`: a list may go out now.
    pub(crate) fn change(&mut self, now: Instant) -> bool {
        self.pending = true;
        self.is_due(now)
    }

    /// Whether a change waits and a list may go out.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.pending && self.not_before.is_none_or(|not_before| not_before <= now)
    }

    /// When the change that waits, if one does, is to be told.
    pub(crate) fn next(&self) -> Option<Instant> {
        if self.pending { self.not_before } else { None }
    }

    /// A list went out; the next one waits for `interval`.
    pub(crate) fn told(&mut self, now: Instant, interval: Duration) {
        self.pending = false;
        self.not_before = Some(now + interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_follows_the_cost_within_its_bounds() {
        assert_eq!(interval(1, 30, 2_000_000), SHORTEST);
        assert_eq!(interval(1_000, 23_000, 2_000_000), Duration::from_millis(11_500));
        assert_eq!(interval(8_000, 184_000, 2_000_000), LONGEST);
        assert_eq!(interval(usize::MAX, usize::MAX, 1), LONGEST);
    }

    #[test]
    fn the_first_change_after_a_quiet_interval_goes_out_at_once() {
        let start = Instant::now();
        let later = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        assert!(pace.change(start));
        pace.told(start, SHORTEST);
        assert!(!pace.change(later(20)));
        assert_eq!(pace.next(), Some(later(50)));
        assert!(!pace.is_due(later(49)));
        assert!(pace.is_due(later(50)));
        pace.told(later(50), SHORTEST);
        assert_eq!(pace.next(), None);
        assert!(pace.change(later(100)));
    }
}
