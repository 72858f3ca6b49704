//! When tokens end, and what is to be done about it: a notice before, and the end some time after.
//! All by the wall clock, in milliseconds since the epoch.

use std::collections::BTreeSet;
use std::time::Duration;

use super::registry::Registration;

/// When a notice that could not be given is tried again.
const NOTICE_RETRY_MILLIS: u64 = 1_000;

/// The next moments at which something is due, in order.
#[derive(Debug)]
pub(super) struct Schedule {
    notice_millis: u64,
    grace_millis: u64,
    queue: BTreeSet<(u64, Registration)>,
}

/// The token of one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    ends_at_millis: u64,
    due_at_millis: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The notice is due.
    Quiet,
    /// The notice was given; the end is due.
    Told,
    /// Nothing more is.
    Over,
}

/// What is due for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Its client is told that the token ends then.
    Notice { ends_at_millis: u64 },
    /// It ends.
    End,
}

impl Lifetime {
    pub(super) fn ends_at_secs(self) -> u64 {
        self.ends_at_millis / 1_000
    }

    /// Whether its client was given the notice that it ends then, or is being given it.
    pub(super) fn is_told(self, ends_at_millis: u64) -> bool {
        self.stage == Stage::Told && self.ends_at_millis == ends_at_millis
    }

    /// Whether the connection is being ended for it.
    pub(super) fn is_over(self) -> bool {
        self.stage == Stage::Over
    }
}

impl Schedule {
    pub(super) fn new(notice: Duration, grace: Duration) -> Self {
        Self { notice_millis: millis(notice), grace_millis: millis(grace), queue: BTreeSet::new() }
    }

    /// A connection has a token that ends at this second.
    ///
    /// The notice comes its time before the end, but not before half of what the token has left has
    /// passed: whoever answers with a token of the same length is not told at once again.
    pub(super) fn begin(
        &mut self,
        registration: Registration,
        ends_at_secs: u64,
        now_millis: u64,
    ) -> Lifetime {
        let ends_at_millis = ends_at_secs.saturating_mul(1_000);
        let left = ends_at_millis.saturating_sub(now_millis);
        let notice = self.notice_millis.min(left / 2);
        let (due_at_millis, stage) = if notice == 0 {
            (ends_at_millis.saturating_add(self.grace_millis), Stage::Told)
        } else {
            (ends_at_millis - notice, Stage::Quiet)
        };
        self.queue.insert((due_at_millis, registration));
        Lifetime { ends_at_millis, due_at_millis, stage }
    }

    /// Nothing is due for a connection any more.
    pub(super) fn cancel(&mut self, registration: Registration, lifetime: Lifetime) {
        self.queue.remove(&(lifetime.due_at_millis, registration));
    }

    /// When the next thing is due.
    pub(super) fn next_millis(&self) -> Option<u64> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes a connection for which something is due.
    pub(super) fn take(&mut self, now_millis: u64) -> Option<Registration> {
        if self.next_millis()? > now_millis {
            return None;
        }
        self.queue.pop_first().map(|(_, registration)| registration)
    }

    /// Says what is due for a connection that was taken.
    pub(super) fn advance(
        &mut self,
        registration: Registration,
        lifetime: &mut Lifetime,
        now_millis: u64,
    ) -> Due {
        let Lifetime { ends_at_millis, .. } = *lifetime;
        let end = ends_at_millis.saturating_add(self.grace_millis);
        if lifetime.stage == Stage::Quiet && now_millis < end {
            *lifetime = Lifetime { ends_at_millis, due_at_millis: end, stage: Stage::Told };
            self.queue.insert((end, registration));
            return Due::Notice { ends_at_millis };
        }
        lifetime.stage = Stage::Over;
        Due::End
    }

    /// The notice could not be given: it is due again in a moment.
    pub(super) fn give_notice_again(
        &mut self,
        registration: Registration,
        lifetime: &mut Lifetime,
        now_millis: u64,
    ) {
        self.cancel(registration, *lifetime);
        lifetime.due_at_millis = now_millis.saturating_add(NOTICE_RETRY_MILLIS);
        lifetime.stage = Stage::Quiet;
        self.queue.insert((lifetime.due_at_millis, registration));
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
