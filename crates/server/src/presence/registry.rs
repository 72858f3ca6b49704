//! Who is connected: sockets in the order of their registration, and by user.

use std::collections::{BTreeMap, HashMap};

use crate::config::SessionPolicy;
use crate::users::UserId;

/// The place of a socket in the order of registration. It is never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Registration(u64);

/// The connected sockets, each with a handle `H` that can end it.
#[derive(Debug)]
pub(crate) struct Registry<H> {
    policy: SessionPolicy,
    sockets: BTreeMap<Registration, (UserId, H)>,
    users: HashMap<UserId, Vec<Registration>>,
    next: u64,
}

impl<H> Registry<H> {
    pub(crate) fn new(policy: SessionPolicy) -> Self {
        Self { policy, sockets: BTreeMap::new(), users: HashMap::new(), next: 0 }
    }

    /// Registers a socket. Returns the sockets that have to go for it; they are no longer
    /// registered.
    pub(crate) fn register(&mut self, user: UserId, handle: H) -> (Registration, Vec<H>) {
        let replaced = match self.policy {
            SessionPolicy::Replace => self.remove_user(user),
            SessionPolicy::Unlimited => Vec::new(),
        };
        let registration = Registration(self.next);
        self.next += 1;
        self.sockets.insert(registration, (user, handle));
        self.users.entry(user).or_default().push(registration);
        (registration, replaced)
    }

    /// Removes a socket. Says whether it was still registered.
    pub(crate) fn remove(&mut self, registration: Registration) -> bool {
        let Some((user, _)) = self.sockets.remove(&registration) else { return false };
        if let Some(sockets) = self.users.get_mut(&user) {
            sockets.retain(|other| *other != registration);
            if sockets.is_empty() {
                self.users.remove(&user);
            }
        }
        true
    }

    fn remove_user(&mut self, user: UserId) -> Vec<H> {
        let sockets = self.users.remove(&user).unwrap_or_default();
        sockets.iter().filter_map(|socket| Some(self.sockets.remove(socket)?.1)).collect()
    }

    /// The handles of all sockets, in the order of registration.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &H> {
        self.sockets.values().map(|(_, handle)| handle)
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

    #[test]
    fn the_newest_connection_of_a_user_wins() {
        let mut registry = Registry::new(SessionPolicy::Replace);
        let (first, replaced) = registry.register(user(1), "first");
        assert!(replaced.is_empty());
        registry.register(user(2), "other");
        let (_, replaced) = registry.register(user(1), "second");
        assert_eq!(replaced, ["first"]);
        assert_eq!(registry.iter().copied().collect::<Vec<_>>(), ["other", "second"]);
        assert!(!registry.remove(first), "the replaced one is gone already");
        assert_eq!(registry.len(), 2);
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
                    let (registration, replaced) = registry.register(user(number), step);
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
                let registered = registry.iter().copied().collect::<Vec<_>>();
                prop_assert_eq!(registered, model.iter().map(|(_, at, _)| *at).collect::<Vec<_>>());
                prop_assert_eq!(registry.users.values().map(Vec::len).sum::<usize>(), model.len());
            }
        }
    }
}
