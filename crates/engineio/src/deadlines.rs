//! Deadlines that all lie the same time ahead, so that a queue holds them in order.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Deadlines of one kind, for one shard. Setting and expiring cost nothing that grows with their
/// number. A deadline is not removed when it becomes void: whoever takes it looks whether its
/// token is still the current one.
#[derive(Debug)]
pub(crate) struct Deadlines<T> {
    delay: Duration,
    queue: VecDeque<(Instant, T)>,
}

impl<T> Deadlines<T> {
    /// Deadlines that lie `delay` after the moment in which they are set.
    pub(crate) fn new(delay: Duration) -> Self {
        Self { delay, queue: VecDeque::new() }
    }

    /// Sets a deadline; `now` never goes backwards.
    pub(crate) fn set(&mut self, now: Instant, token: T) {
        self.queue.push_back((now + self.delay, token));
    }

    /// The next deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.front().map(|(at, _)| *at)
    }

    /// Takes a deadline that has passed.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop_front().map(|(_, token)| token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expires_exactly_and_in_order() {
        let start = Instant::now();
        let mut deadlines = Deadlines::new(Duration::from_secs(2));
        deadlines.set(start, 'a');
        deadlines.set(start + Duration::from_secs(1), 'b');
        assert_eq!(deadlines.next(), Some(start + Duration::from_secs(2)));
        assert_eq!(deadlines.take_expired(start + Duration::from_millis(1999)), None);
        assert_eq!(deadlines.take_expired(start + Duration::from_secs(3)), Some('a'));
        assert_eq!(deadlines.take_expired(start + Duration::from_secs(3)), Some('b'));
        assert_eq!(deadlines.take_expired(start + Duration::from_secs(9)), None);
    }
}
