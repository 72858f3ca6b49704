//! The register of connections: in the order of their registration, and by user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::device::Device;
use crate::config::{self, SessionPolicy};
use crate::users::UserId;

/// The place of a socket in the order of registration. It is never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Registration(u64);

/// The connected sockets, each with a handle `H` that can end it.
#[derive(Debug)]
pub(crate) struct Registry<H> {
    policy: SessionPolicy,
    per_device: bool,
    sockets: BTreeMap<Registration, Entry<H>>,
    /// When tokens expire, in seconds since the epoch.
    expiries: BTreeSet<(u64, Registration)>,
    users: HashMap<UserId, Vec<Registration>>,
    next: u64,
}

/// Whose a connection is. Connections of one user, or of one device of a user, are rivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user: UserId,
    pub(crate) device: Device,
}

/// The policy lets nobody go for a new connection, and there is no room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

#[derive(Debug)]
struct Entry<H> {
    owner: Owner,
    expires_at_secs: u64,
    handle: H,
}

impl<H> Registry<H> {
    pub(crate) fn new(settings: &config::Sessions) -> Self {
        Self {
            policy: settings.policy,
            per_device: settings.per_device,
            sockets: BTreeMap::new(),
            expiries: BTreeSet::new(),
            users: HashMap::new(),
            next: 0,
        }
    }

    /// Registers a socket, whose token expires at a second since the epoch. Returns the sockets
    /// that have to go for it, the oldest first; they are no longer registered.
    pub(crate) fn register(
        &mut self,
        owner: Owner,
        expires_at_secs: u64,
        handle: H,
    ) -> Result<(Registration, Vec<H>), Full> {
        let rivals = self.rivals(owner);
        let going = match self.policy {
            SessionPolicy::Reject if !rivals.is_empty() => return Err(Full),
            SessionPolicy::Reject | SessionPolicy::Unlimited => 0,
            SessionPolicy::Replace => rivals.len(),
            SessionPolicy::Limit(most) => (rivals.len() + 1).saturating_sub(most.get() as usize),
        };
        let gone = rivals.into_iter().take(going).filter_map(|rival| self.take(rival)).collect();
        let registration = Registration(self.next);
        self.next += 1;
        self.sockets.insert(registration, Entry { owner, expires_at_secs, handle });
        self.expiries.insert((expires_at_secs, registration));
        self.users.entry(owner.user).or_default().push(registration);
        Ok((registration, gone))
    }

    /// The sockets for which a new one of this owner would be refused.
    pub(crate) fn in_the_way(&self, owner: Owner) -> Vec<H>
    where
        H: Clone,
    {
        match self.policy {
            SessionPolicy::Reject => self.handles(&self.rivals(owner)),
            SessionPolicy::Replace | SessionPolicy::Limit(_) | SessionPolicy::Unlimited => {
                Vec::new()
            }
        }
    }

    /// The sockets that count together with those of this owner, in the order of registration.
    fn rivals(&self, owner: Owner) -> Vec<Registration> {
        if self.policy == SessionPolicy::Unlimited {
            return Vec::new();
        }
        let is_rival = |rival: &&Registration| {
            let other = self.sockets.get(*rival).map(|entry| entry.owner.device);
            !self.per_device || other == Some(owner.device)
        };
        self.users.get(&owner.user).into_iter().flatten().filter(is_rival).copied().collect()
    }

    /// Removes a socket. Says whether it was still registered.
    pub(crate) fn remove(&mut self, registration: Registration) -> bool {
        self.take(registration).is_some()
    }

    fn take(&mut self, registration: Registration) -> Option<H> {
        let Entry { owner: Owner { user, .. }, expires_at_secs, handle } =
            self.sockets.remove(&registration)?;
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
        self.users.get(&user).map(|sockets| self.handles(sockets)).unwrap_or_default()
    }

    fn handles(&self, sockets: &[Registration]) -> Vec<H>
    where
        H: Clone,
    {
        sockets.iter().filter_map(|at| Some(self.sockets.get(at)?.handle.clone())).collect()
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

    fn registry<H>(policy: &str, per_device: bool) -> Registry<H> {
        let policy = policy.parse().unwrap();
        Registry::new(&config::Sessions { policy, per_device })
    }

    fn owner(number: u8) -> Owner {
        let user = UserId::new(Uuid::from_u128(u128::from(number)));
        Owner { user, device: Device::Desktop }
    }

    fn all<H: Copy>(registry: &Registry<H>) -> Vec<H> {
        registry.sockets.values().map(|entry| entry.handle).collect()
    }

    #[test]
    fn the_newest_connection_of_a_user_wins() {
        let mut registry = registry("replace", false);
        let (first, replaced) = registry.register(owner(1), 9, "first").unwrap();
        assert!(replaced.is_empty());
        registry.register(owner(2), 9, "other").unwrap();
        let (_, replaced) = registry.register(owner(1), 9, "second").unwrap();
        assert_eq!(replaced, ["first"]);
        assert_eq!(all(&registry), ["other", "second"]);
        assert!(!registry.remove(first), "the replaced one is gone already");
        assert_eq!(registry.len(), 2);
    }

    #[test]
    fn a_connection_that_is_in_the_way_is_named() {
        let mut registry = registry("reject", true);
        let (first, _) = registry.register(owner(1), 9, "first").unwrap();
        assert_eq!(registry.register(owner(1), 9, "second"), Err(Full));
        assert_eq!(registry.in_the_way(owner(1)), ["first"]);
        let mobile = Owner { device: Device::Mobile, ..owner(1) };
        assert!(registry.in_the_way(mobile).is_empty());
        registry.register(mobile, 9, "mobile").unwrap();
        registry.remove(first);
        registry.register(owner(1), 9, "second").unwrap();
        assert_eq!(all(&registry), ["mobile", "second"]);
    }

    #[test]
    fn tokens_expire_once_and_in_order() {
        let mut registry = registry("unlimited", false);
        registry.register(owner(1), 30, "late").unwrap();
        let (gone, _) = registry.register(owner(2), 10, "gone").unwrap();
        registry.register(owner(3), 20, "early").unwrap();
        registry.remove(gone);
        assert_eq!(registry.next_expiry_secs(), Some(20));
        assert!(registry.expired(19).is_empty());
        assert_eq!(registry.expired(20), ["early"]);
        assert!(registry.expired(29).is_empty());
        assert_eq!(registry.expired(99), ["late"]);
        assert_eq!(registry.next_expiry_secs(), None);
        assert_eq!(registry.len(), 2, "they leave when they have ended");
    }

    /// One registered socket of the model.
    #[derive(Debug, Clone, Copy)]
    struct Known {
        owner: Owner,
        handle: usize,
        registration: Registration,
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Join(Owner),
        Leave(Owner),
    }

    fn step() -> impl Strategy<Value = Step> {
        (0..3_u8, any::<bool>(), any::<bool>()).prop_map(|(number, is_mobile, joins)| {
            let device = if is_mobile { Device::Mobile } else { Device::Desktop };
            let owner = Owner { device, ..owner(number) };
            if joins { Step::Join(owner) } else { Step::Leave(owner) }
        })
    }

    proptest! {
        /// The model is a list, in the order of registration.
        #[test]
        fn agrees_with_a_list(
            policy in prop::sample::select(vec!["replace", "reject", "limit:2", "unlimited"]),
            per_device: bool,
            steps in prop::collection::vec(step(), 0..60),
        ) {
            let most = match policy { "limit:2" => 2, "unlimited" => usize::MAX, _ => 1 };
            let mut registry = registry(policy, per_device);
            let mut model: Vec<Known> = Vec::new();
            for (handle, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Join(owner) => {
                        let is_rival = |known: &&Known| {
                            let of_device = !per_device || known.owner.device == owner.device;
                            known.owner.user == owner.user && of_device
                        };
                        let rivals: Vec<_> = model.iter().filter(is_rival).copied().collect();
                        let surplus = (rivals.len() + 1).saturating_sub(most);
                        let joined = registry.register(owner, 9, handle);
                        if policy == "reject" && surplus > 0 {
                            prop_assert_eq!(joined, Err(Full));
                            continue;
                        }
                        let (registration, gone) = joined.unwrap();
                        let expected = rivals[..surplus].iter().map(|known| known.handle);
                        prop_assert_eq!(&gone, &expected.collect::<Vec<_>>());
                        model.retain(|known| !gone.contains(&known.handle));
                        model.push(Known { owner, handle, registration });
                    }
                    Step::Leave(owner) => {
                        let Some(at) = model.iter().position(|known| known.owner == owner) else {
                            continue;
                        };
                        let Known { registration, .. } = model.remove(at);
                        prop_assert!(registry.remove(registration));
                        prop_assert!(!registry.remove(registration));
                    }
                }
                let expected = model.iter().map(|known| known.handle).collect::<Vec<_>>();
                prop_assert_eq!(all(&registry), expected);
                prop_assert_eq!(registry.users.values().map(Vec::len).sum::<usize>(), model.len());
            }
        }
    }
}
