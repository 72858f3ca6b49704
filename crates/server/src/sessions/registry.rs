//! The register of connections: in the order of their registration, and by user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::config::SessionPolicy;
use crate::users::UserId;

/// The place of a socket in the order of registration. It is never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Registration(u64);

/// The connected sockets, each with a handle `H` that can end it.
#[derive(Debug)]
pub(crate) struct Registry<H> {
    policy: SessionPolicy,
    sockets: BTreeMap<Registration, Entry<H>>,
    /// When tokens expire, in seconds since the epoch.
    expiries: BTreeSet<(u64, Registration)>,
    users: HashMap<UserId, Vec<Registration>>,
    next: u64,
}

#[derive(Debug)]
struct Entry<H> {
    user: UserId,
    expires_at_secs: u64,
    handle: H,
}

impl<H> Registry<H> {
    pub(crate) fn new(policy: SessionPolicy) -> Self {
        Self {
            policy,
            sockets: BTreeMap::new(),
            expiries: BTreeSet::new(),
            users: HashMap::new(),
            next: 0,
        }
    }

    /// Registers a socket, whose token expires at a second since the epoch. Returns the sockets
    /// that have to go for it; they are no longer registered.
    pub(crate) fn register(
        &mut self,
        user: UserId,
        expires_at_secs: u64,
        handle: H,
    ) -> (Registration, Vec<H>) {
        let replaced = match self.policy {
            SessionPolicy::Replace => self.remove_user(user),
            SessionPolicy::Unlimited => Vec::new(),
        };
        let registration = Registration(self.next);
        self.next += 1;
        self.sockets.insert(registration, Entry { user, expires_at_secs, handle });
        self.expiries.insert((expires_at_secs, registration));
        self.users.entry(user).or_default().push(registration);
        (registration, replaced)
    }

    /// Removes a socket. Says whether it was still registered.
    pub(crate) fn remove(&mut self, registration: Registration) -> bool {
        self.take(registration).is_some()
    }

    fn take(&mut self, registration: Registration) -> Option<H> {
        let Entry { user, expires_at_secs, handle } = self.sockets.remove(&registration)?;
        self.expiries.remove(&(expires_at_secs, registration));
        if let Some(sockets) = self.users.get_mut(&user) {
            sockets.retain(|other| *other != registration);
            if sockets.is_empty() {
                self.users.remove(&user);
            }
        }
        Some(handle)
    }

    /// The handles of a user's sockets.
    pub(crate) fn of_user(&self, user: UserId) -> Vec<H>
    where
        H: Clone,
    {
        let sockets = self.users.get(&user).into_iter().flatten();
        sockets.filter_map(|socket| Some(self.sockets.get(socket)?.handle.clone())).collect()
    }

    fn remove_user(&mut self, user: UserId) -> Vec<H> {
        let sockets = self.users.get(&user).cloned().unwrap_or_default();
        sockets.into_iter().filter_map(|socket| self.take(socket)).collect()
    }

    /// The handles of the sockets whose token has expired. They stay registered until they are
    /// removed, but are returned only once.
    pub(crate) fn expired(&mut self, now_secs: u64) -> Vec<H>
    where
        H: Clone,
    {
        let mut expired = Vec::new();
        while let Some((at, registration)) = self.expiries.first().copied() {
            if at > now_secs {
                break;
            }
            self.expiries.remove(&(at, registration));
            expired.extend(self.sockets.get(&registration).map(|entry| entry.handle.clone()));
        }
        expired
    }

    /// When the next token expires, in seconds since the epoch.
    pub(crate) fn next_expiry_secs(&self) -> Option<u64> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// The number of sockets.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn user(number: u8) -> UserId {
        UserId::new(Uuid::from_u128(u128::from(number)))
    }

    fn all<H: Copy>(registry: &Registry<H>) -> Vec<H> {
        registry.sockets.values().map(|entry| entry.handle).collect()
    }

    #[test]
    fn the_newest_connection_of_a_user_wins() {
        let mut registry = Registry::new(SessionPolicy::Replace);
        let (first, replaced) = registry.register(user(1), 9, "first");
        assert!(replaced.is_empty());
        registry.register(user(2), 9, "other");
        let (_, replaced) = registry.register(user(1), 9, "second");
        assert_eq!(replaced, ["first"]);
        assert_eq!(all(&registry), ["other", "second"]);
        assert!(!registry.remove(first), "the replaced one is gone already");
        assert_eq!(registry.len(), 2);
    }

    #[test]
    fn tokens_expire_once_and_in_order() {
        let mut registry = Registry::new(SessionPolicy::Unlimited);
        registry.register(user(1), 30, "late");
        let (gone, _) = registry.register(user(2), 10, "gone");
        registry.register(user(3), 20, "early");
        registry.remove(gone);
        assert_eq!(registry.next_expiry_secs(), Some(20));
        assert!(registry.expired(19).is_empty());
        assert_eq!(registry.expired(20), ["early"]);
        assert!(registry.expired(29).is_empty());
        assert_eq!(registry.expired(99), ["late"]);
        assert_eq!(registry.next_expiry_secs(), None);
        assert_eq!(registry.len(), 2, "they leave when they have ended");
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(
            unlimited: bool,
            steps in prop::collection::vec((0..4_u8, any::<bool>()), 0..60),
        ) {
            let policy = if unlimited { SessionPolicy::Unlimited } else { SessionPolicy::Replace };
            let mut registry = Registry::new(policy);
            let mut model: Vec<(u8, usize, Registration)> = Vec::new();
            for (step, (number, join)) in steps.into_iter().enumerate() {
                if join {
                    let (registration, replaced) = registry.register(user(number), 9, step);
                    let gone = |(other, _, _): &(u8, usize, _)| !unlimited && *other == number;
                    let expected = model.iter().filter(|entry| gone(entry));
                    prop_assert_eq!(replaced, expected.map(|(_, at, _)| *at).collect::<Vec<_>>());
                    model.retain(|entry| !gone(entry));
                    model.push((number, step, registration));
                } else if let Some(at) = model.iter().position(|(other, _, _)| *other == number) {
                    let (_, _, registration) = model.remove(at);
                    prop_assert!(registry.remove(registration));
                    prop_assert!(!registry.remove(registration));
                }
                let expected = model.iter().map(|(_, at, _)| *at).collect::<Vec<_>>();
                prop_assert_eq!(all(&registry), expected);
                prop_assert_eq!(registry.users.values().map(Vec::len).sum::<usize>(), model.len());
            }
        }
    }
}
