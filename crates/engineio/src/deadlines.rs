//! Deadlines that all lie the same time ahead.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// Deadlines of one kind, for one shard, that are set once and then pass. A queue holds them in
/// order, so setting and expiring cost nothing that grows with their number. Whoever takes one
/// looks whether what it is for is still there.
#[derive(Debug)]
pub(crate) struct Deadlines<T> {
    delay: Duration,
    queue: VecDeque<(Instant, T)>,
    /// How many have gone who may have an entry, since the queue was last swept.
    gone: usize,
}

/// Deadlines of one kind, for one shard, that may be put off as often as a client likes: there is
/// one entry for each of them, which is looked at again when it turns out to be too early.
#[derive(Debug)]
pub(crate) struct MovingDeadlines<T> {
    delay: Duration,
    queue: BinaryHeap<Reverse<(Instant, T)>>,
}

/// One moving deadline, kept with what it is for.
#[derive(Debug, Default)]
pub(crate) struct Due {
    at: Option<Instant>,
    queued: bool,
}

impl<T> Deadlines<T> {
    /// Deadlines that lie `delay` after the moment in which they are set.
    pub(crate) fn new(delay: Duration) -> Self {
        Self { delay, queue: VecDeque::new(), gone: 0 }
    }

    /// Someone has gone who may have a deadline. When as many have as half of the queue is long,
    /// the queue is swept: so each of them costs little, and those who come and go do not make it
    /// grow.
    pub(crate) fn forget(&mut self, is_wanted: impl Fn(&T) -> bool) {
        self.gone += 1;
        if self.gone * 2 >= self.queue.len() {
            self.queue.retain(|(_, token)| is_wanted(token));
            self.gone = 0;
        }
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

impl<T: Ord> MovingDeadlines<T> {
    /// Deadlines that lie `delay` after the moment in which they are set.
    pub(crate) fn new(delay: Duration) -> Self {
        Self { delay, queue: BinaryHeap::new() }
    }

    /// Sets or puts off a deadline; `now` never goes backwards.
    pub(crate) fn set(&mut self, now: Instant, due: &mut Due, token: T) {
        let at = now + self.delay;
        due.at = Some(at);
        if !std::mem::replace(&mut due.queued, true) {
            self.queue.push(Reverse((at, token)));
        }
    }

    /// The moment in which to look again.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes an entry, for which [`has_passed`](Self::has_passed) is to be asked.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop().map(|Reverse((_, token))| token)
    }

    /// Whether the deadline whose entry was taken has passed. One that was put off is kept.
    pub(crate) fn has_passed(&mut self, now: Instant, due: &mut Due, token: T) -> bool {
        due.queued = false;
        let Some(at) = due.at else { return false };
        if at <= now {
            due.at = None;
            return true;
        }
        due.queued = true;
        self.queue.push(Reverse((at, token)));
        false
    }
}

impl Due {
    /// Lifts the deadline.
    pub(crate) fn clear(&mut self) {
        self.at = None;
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

    #[test]
    fn those_who_come_and_go_leave_no_more_entries_than_those_who_stay() {
        let start = Instant::now();
        let mut deadlines = Deadlines::new(Duration::from_secs(2));
        for stays in 0..100 {
            deadlines.set(start, stays);
        }
        for leaves in 100..10_000 {
            deadlines.set(start, leaves);
            deadlines.forget(|token| *token < 100);
            assert!(deadlines.queue.len() <= 250, "{}", deadlines.queue.len());
        }
        let later = start + Duration::from_secs(2);
        let kept = std::iter::from_fn(|| deadlines.take_expired(later)).filter(|t| *t < 100);
        assert!(kept.eq(0..100), "those who stay keep theirs, in order");
    }

    #[test]
    fn a_deadline_that_is_put_off_passes_at_its_last_moment_and_has_one_entry() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut deadlines = MovingDeadlines::new(2 * second);
        let mut due = Due::default();
        for step in 0..1000 {
            deadlines.set(start + step * second / 1000, &mut due, 'a');
        }
        assert_eq!(deadlines.queue.len(), 1);
        let last = start + 999 * second / 1000 + 2 * second;
        assert_eq!(deadlines.take_expired(start + 2 * second), Some('a'));
        assert!(!deadlines.has_passed(start + 2 * second, &mut due, 'a'));
        assert_eq!(deadlines.next(), Some(last));
        assert_eq!(deadlines.take_expired(last), Some('a'));
        assert!(deadlines.has_passed(last, &mut due, 'a'));
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn a_deadline_that_is_lifted_does_not_pass() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut deadlines = MovingDeadlines::new(2 * second);
        let mut due = Due::default();
        deadlines.set(start, &mut due, 'a');
        due.clear();
        assert_eq!(deadlines.take_expired(start + 2 * second), Some('a'));
        assert!(!deadlines.has_passed(start + 2 * second, &mut due, 'a'));
        assert_eq!(deadlines.next(), None);
    }
}
