//! Which users were changed lately.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::users::UserId;

/// Changes that are remembered. Who was looked up before so many may have been any of those.
const REMEMBERED: usize = 1_024;

/// The changes of users that this process knows of, counted.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    count: u64,
    /// The newest last.
    recent: VecDeque<UserId>,
}

impl Changes {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user was changed. Says how many changes there had been before.
    pub(super) fn note(&self, user: UserId) -> u64 {
        let mut log = self.log();
        if log.recent.len() == REMEMBERED {
            log.recent.pop_front();
        }
        log.recent.push_back(user);
        log.count += 1;
        log.count - 1
    }

    /// How many there have been.
    pub(super) fn count(&self) -> u64 {
        self.log().count
    }

    /// Whether a user may have changed since there had been so many.
    pub(super) fn concern(&self, user: UserId, since: u64) -> bool {
        let log = self.log();
        let new = usize::try_from(log.count.saturating_sub(since)).unwrap_or(usize::MAX);
        new > log.recent.len() || log.recent.iter().rev().take(new).any(|changed| *changed == user)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    #[test]
    fn a_change_concerns_those_who_were_looked_up_before_it() {
        let changes = Changes::default();
        assert!(!changes.concern(user(1), 0));
        assert_eq!(changes.note(user(1)), 0);
        assert!(changes.concern(user(1), 0));
        assert!(!changes.concern(user(2), 0), "somebody else");
        assert!(!changes.concern(user(1), changes.count()), "looked up since");
    }

    #[test]
    fn of_more_changes_than_are_remembered_everyone_may_be_meant() {
        let changes = Changes::default();
        for _ in 0..REMEMBERED {
            changes.note(user(1));
        }
        assert!(!changes.concern(user(2), 0));
        changes.note(user(1));
        assert!(changes.concern(user(2), 0));
        assert!(!changes.concern(user(2), 1));
        assert_eq!(changes.log().recent.len(), REMEMBERED);
    }
}
