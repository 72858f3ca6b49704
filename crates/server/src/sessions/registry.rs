//! The register of connections: in the order of their registration, and by user.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::device::Device;
use super::schedule::{Due, Lifetime, Schedule};
use crate::config::{self, SessionPolicy};
use crate::database::Page;
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
    schedule: Schedule,
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
    lifetime: Lifetime,
    handle: H,
}

impl<H> Registry<H> {
    pub(super) fn new(settings: &config::Sessions, schedule: Schedule) -> Self {
        Self {
            policy: settings.policy,
            per_device: settings.per_device,
            sockets: BTreeMap::new(),
            schedule,
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
        now_millis: u64,
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
        let lifetime = self.schedule.begin(registration, expires_at_secs, now_millis);
        self.sockets.insert(registration, Entry { owner, lifetime, handle });
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
        let Entry { owner: Owner { user, .. }, lifetime, handle } =
            self.sockets.remove(&registration)?;
        self.schedule.cancel(registration, lifetime);
        if let Some(sockets) = self.users.get_mut(&user) {
            sockets.retain(|other| *other != registration);
            if sockets.is_empty() {
                self.users.remove(&user);
            }
        }
        Some(handle)
    }

    /// Whether a user has a socket.
    pub(super) fn is_connected(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
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

    /// A token that ends at this second was presented for a socket. Its end is never moved to an
    /// earlier one. Says at which second the socket's token ends now; `None`: it is being ended, or
    /// has been.
    pub(super) fn renew(
        &mut self,
        registration: Registration,
        expires_at_secs: u64,
        now_millis: u64,
    ) -> Option<u64> {
        let lifetime = &mut self.sockets.get_mut(&registration)?.lifetime;
        if lifetime.is_over() {
            return None;
        }
        if expires_at_secs > lifetime.ends_at_secs() {
            self.schedule.cancel(registration, *lifetime);
            *lifetime = self.schedule.begin(registration, expires_at_secs, now_millis);
        }
        Some(lifetime.ends_at_secs())
    }

    /// What is due for the sockets whose tokens end, each thing once. They stay registered until
    /// they are removed.
    pub(super) fn due(&mut self, now_millis: u64) -> Vec<(H, Due)>
    where
        H: Clone,
    {
        let mut all = Vec::new();
        while let Some(registration) = self.schedule.take(now_millis) {
            let Some(Entry { lifetime, handle, .. }) = self.sockets.get_mut(&registration) else {
                continue;
            };
            let due = self.schedule.advance(registration, lifetime, now_millis);
            all.push((handle.clone(), due));
        }
        all
    }

    /// Whether a socket is there whose client is to be told that its token ends then.
    pub(super) fn is_told(&self, registration: Registration, ends_at_millis: u64) -> bool {
        let lifetime = self.sockets.get(&registration).map(|entry| entry.lifetime);
        lifetime.is_some_and(|lifetime| lifetime.is_told(ends_at_millis))
    }

    /// The notice that is being given to a socket could not be: it is due again in a moment.
    pub(super) fn give_notice_again(&mut self, registration: Registration, now_millis: u64) {
        if let Some(Entry { lifetime, .. }) = self.sockets.get_mut(&registration) {
            self.schedule.give_notice_again(registration, lifetime, now_millis);
        }
    }

    /// When the next thing is due, in milliseconds since the epoch.
    pub(super) fn next_due_millis(&self) -> Option<u64> {
        self.schedule.next_millis()
    }

    /// A part of all handles, in the order of registration.
    pub(super) fn page(&self, page: Page) -> Vec<H>
    where
        H: Clone,
    {
        let from = self.sockets.values().skip(page.offset as usize);
        from.take(page.limit as usize).map(|entry| entry.handle.clone()).collect()
    }

    /// Handles in the order of registration, from after a place on, at most so many; and the place
    /// of the last.
    pub(super) fn after(
        &self,
        place: Option<Registration>,
        limit: usize,
    ) -> (Vec<H>, Option<Registration>)
    where
        H: Clone,
    {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        let part = self.sockets.range((from, Bound::Unbounded)).take(limit);
        let (places, handles): (Vec<_>, Vec<_>) =
            part.map(|(place, entry)| (*place, entry.handle.clone())).unzip();
        (handles, places.last().copied())
    }

    /// The first handle that is wanted. It looks at all, so it is for the rare question.
    pub(super) fn find(&self, is_wanted: impl Fn(&H) -> bool) -> Option<H>
    where
        H: Clone,
    {
        self.sockets.values().map(|entry| &entry.handle).find(|handle| is_wanted(handle)).cloned()
    }

    /// The number of sockets.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const NOTICE: Duration = Duration::from_mins(1);
    const GRACE: Duration = Duration::from_secs(10);

    /// Some second since the epoch.
    const NOW: u64 = 1_700_000_000;

    fn registry<H>(policy: &str, per_device: bool) -> Registry<H> {
        let settings = config::Sessions { policy: policy.parse().unwrap(), per_device };
        Registry::new(&settings, Schedule::new(NOTICE, GRACE))
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
        let (first, replaced) = registry.register(owner(1), NOW, 0, "first").unwrap();
        assert!(replaced.is_empty());
        registry.register(owner(2), NOW, 0, "other").unwrap();
        let (_, replaced) = registry.register(owner(1), NOW, 0, "second").unwrap();
        assert_eq!(replaced, ["first"]);
        assert_eq!(all(&registry), ["other", "second"]);
        assert!(!registry.remove(first), "the replaced one is gone already");
        assert_eq!(registry.len(), 2);
    }

    #[test]
    fn a_connection_that_is_in_the_way_is_named() {
        let mut registry = registry("reject", true);
        let (first, _) = registry.register(owner(1), NOW, 0, "first").unwrap();
        assert_eq!(registry.register(owner(1), NOW, 0, "second"), Err(Full));
        assert_eq!(registry.in_the_way(owner(1)), ["first"]);
        let mobile = Owner { device: Device::Mobile, ..owner(1) };
        assert!(registry.in_the_way(mobile).is_empty());
        registry.register(mobile, NOW, 0, "mobile").unwrap();
        registry.remove(first);
        registry.register(owner(1), NOW, 0, "second").unwrap();
        assert_eq!(all(&registry), ["mobile", "second"]);
    }

    const fn at(secs: u64) -> u64 {
        secs * 1_000
    }

    fn notice(ends_at_secs: u64) -> Due {
        Due::Notice { ends_at_millis: at(ends_at_secs) }
    }

    #[test]
    fn a_notice_comes_before_the_end_and_the_end_after_the_grace() {
        let mut registry = registry("unlimited", false);
        registry.register(owner(1), NOW + 7_200, at(NOW), "late").unwrap();
        let (gone, _) = registry.register(owner(2), NOW + 600, at(NOW), "gone").unwrap();
        registry.register(owner(3), NOW + 3_600, at(NOW), "early").unwrap();
        registry.remove(gone);
        assert_eq!(registry.next_due_millis(), Some(at(NOW + 3_540)));
        assert_eq!(registry.due(at(NOW + 3_540) - 1), []);
        assert_eq!(registry.due(at(NOW + 3_540)), [("early", notice(NOW + 3_600))]);
        assert_eq!(registry.due(at(NOW + 3_610) - 1), []);
        assert_eq!(registry.due(at(NOW + 3_610)), [("early", Due::End)]);
        // A clock that was far behind.
        assert_eq!(registry.due(at(NOW + 99_999)), [("late", Due::End)]);
        assert_eq!(registry.next_due_millis(), None);
        assert_eq!(registry.len(), 2, "they leave when they have ended");
    }

    #[test]
    fn a_short_token_is_told_of_at_half_its_time() {
        let mut registry = registry("unlimited", false);
        let (first, _) = registry.register(owner(1), NOW + 20, at(NOW), "short").unwrap();
        assert_eq!(registry.next_due_millis(), Some(at(NOW + 10)));
        assert_eq!(registry.due(at(NOW + 10)), [("short", notice(NOW + 20))]);
        assert_eq!(registry.renew(first, NOW + 30, at(NOW + 10)), Some(NOW + 30));
        assert_eq!(registry.due(at(NOW + 20) - 1), []);
        assert_eq!(registry.due(at(NOW + 20)), [("short", notice(NOW + 30))]);
    }

    #[test]
    fn a_notice_that_could_not_be_given_is_given_again_until_it_is_none_any_more() {
        let mut registry = registry("unlimited", false);
        let (first, _) = registry.register(owner(1), NOW + 60, at(NOW), "first").unwrap();
        assert_eq!(registry.due(at(NOW + 30)), [("first", notice(NOW + 60))]);
        registry.give_notice_again(first, at(NOW + 31));
        assert!(!registry.is_told(first, at(NOW + 60)));
        assert_eq!(registry.due(at(NOW + 32)), [("first", notice(NOW + 60))]);
        assert!(registry.is_told(first, at(NOW + 60)));
        registry.renew(first, NOW + 90, at(NOW + 32));
        assert!(!registry.is_told(first, at(NOW + 60)), "it has another token by now");
        // In the grace as well, and then it ends.
        assert_eq!(registry.due(at(NOW + 95)), [("first", notice(NOW + 90))]);
        registry.give_notice_again(first, at(NOW + 99));
        assert_eq!(registry.due(at(NOW + 100)), [("first", Due::End)]);
        registry.remove(first);
        assert!(!registry.is_told(first, at(NOW + 90)));
        assert_eq!(registry.next_due_millis(), None);
    }

    #[test]
    fn another_token_puts_the_end_off_and_never_forward() {
        let mut registry = registry("unlimited", false);
        let (first, _) = registry.register(owner(1), NOW + 3_600, at(NOW), "first").unwrap();
        let noticed = at(NOW + 3_540);
        assert_eq!(registry.due(noticed).len(), 1);
        assert_eq!(registry.renew(first, NOW + 60, noticed), Some(NOW + 3_600));
        assert_eq!(registry.renew(first, NOW + 7_200, noticed), Some(NOW + 7_200));
        assert_eq!(registry.due(at(NOW + 7_140) - 1), []);
        assert_eq!(registry.due(at(NOW + 7_140)), [("first", notice(NOW + 7_200))]);
        // In the grace as well; but not when the end has been decided.
        assert_eq!(registry.renew(first, NOW + 9_000, at(NOW + 7_209)), Some(NOW + 9_000));
        assert_eq!(registry.due(at(NOW + 9_010)), [("first", Due::End)]);
        assert_eq!(registry.renew(first, NOW + 99_999, at(NOW + 9_010)), None);
        registry.remove(first);
        assert_eq!(registry.renew(first, NOW + 99_999, at(NOW + 9_010)), None);
    }

    #[test]
    fn no_time_is_too_late_and_no_clock_too_wrong() {
        let mut registry = registry("unlimited", false);
        for (expires_at_secs, now_millis) in [(u64::MAX, 0), (0, u64::MAX), (1 << 60, at(NOW))] {
            registry.register(owner(1), expires_at_secs, now_millis, "odd").unwrap();
        }
        assert_eq!(registry.due(at(NOW)), [("odd", Due::End)]);
        // Set back after the notice, the clock puts the end off; the notice is given once.
        registry.register(owner(2), NOW + 3_600, at(NOW), "set back").unwrap();
        assert_eq!(registry.due(at(NOW + 3_550)).len(), 1);
        assert_eq!(registry.due(at(NOW - 9_999)), []);
        assert_eq!(registry.due(at(NOW + 3_605)), []);
        assert_eq!(registry.due(at(NOW + 3_610)), [("set back", Due::End)]);
    }

    #[test]
    fn parts_are_in_the_order_of_registration() {
        let mut registry = registry("unlimited", false);
        for name in ["a", "b", "c", "d"] {
            registry.register(owner(1), NOW, 0, name).unwrap();
        }
        assert_eq!(registry.page(Page { limit: 2, offset: 1 }), ["b", "c"]);
        assert_eq!(registry.page(Page { limit: 9, offset: 9 }), [""; 0]);
        assert_eq!(registry.find(|name| *name == "c"), Some("c"));
    }

    #[test]
    fn one_part_after_another_is_everyone_once_whoever_goes_meanwhile() {
        let mut registry = registry("unlimited", false);
        let mut join = |name| registry.register(owner(1), NOW, 0, name).unwrap().0;
        let (_, second) = (join("a"), join("b"));
        join("c");
        let (part, place) = registry.after(None, 2);
        assert_eq!((part, place), (vec!["a", "b"], Some(second)));
        registry.remove(second);
        assert_eq!(registry.after(place, 2).0, ["c"]);
        let (_, end) = registry.after(place, 2);
        assert_eq!(registry.after(end, 2), (vec![], None));
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
                        let joined = registry.register(owner, NOW, 0, handle);
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
