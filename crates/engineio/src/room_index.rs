//! Which sessions of one shard are in which rooms.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexSet;

use crate::membership::{Member, Membership, Rooms};
use crate::{Position, RoomName, Scope};

/// A session's place in its shard.
pub(crate) type Slot = u32;

/// How a session enters a scope.
#[derive(Debug)]
pub struct Entry {
    /// The scope.
    pub scope: Scope,
    /// What is to be found there.
    pub member: Member,
    /// The rooms of the scope that it joins.
    pub rooms: Rooms,
}

/// Rooms by scope. A session is in a room only while it is in the room's scope.
#[derive(Debug, Default)]
pub(crate) struct RoomIndex {
    scopes: HashMap<Scope, ScopeRooms>,
}

#[derive(Debug, Default)]
struct ScopeRooms {
    everyone: Members,
    rooms: HashMap<RoomName, Members>,
}

/// What one session is in: kept with the session, so that leaving costs what it has joined.
#[derive(Debug, Default)]
pub(crate) struct Memberships(Vec<Membership>);

impl RoomIndex {
    /// Puts a session into a scope and into rooms of it.
    pub(crate) fn enter(
        &mut self,
        slot: Slot,
        memberships: &mut Memberships,
        Entry { scope, member, rooms }: Entry,
        now: Position,
    ) {
        // A session that is in the scope already only joins.
        let is_new = memberships.get_mut(scope).is_none();
        if is_new {
            self.scopes.entry(scope).or_default().everyone.insert(slot);
            // Most sessions are in one scope and a room or two: there is no room for more until
            // more come.
            memberships.0.reserve_exact(1);
        }
        match rooms {
            Rooms::New(rooms) => {
                if is_new {
                    let mut membership = Membership::new(scope, member, now);
                    membership.reserve(rooms.len());
                    memberships.0.push(membership);
                }
                self.join(slot, memberships, scope, rooms, now);
            }
            Rooms::Again(mut membership) => {
                let index = self.scopes.entry(scope).or_default();
                for room in membership.rooms() {
                    index.rooms.entry(room.clone()).or_default().insert(slot);
                }
                if is_new {
                    membership.scope = scope;
                    membership.member = member;
                    memberships.0.push(membership);
                }
            }
        }
    }

    /// Puts a session into rooms of a scope that it has entered; otherwise nothing happens.
    pub(crate) fn join(
        &mut self,
        slot: Slot,
        memberships: &mut Memberships,
        scope: Scope,
        rooms: Vec<RoomName>,
        now: Position,
    ) {
        let Some(membership) = memberships.get_mut(scope) else {
            return;
        };
        let index = self.scopes.entry(scope).or_default();
        for room in rooms {
            if index.rooms.entry(room.clone()).or_default().insert(slot) {
                membership.join(room, now);
            }
        }
    }

    /// Takes a session out of rooms.
    pub(crate) fn leave(
        &mut self,
        slot: Slot,
        memberships: &mut Memberships,
        scope: Scope,
        rooms: &[RoomName],
        now: Position,
    ) {
        let Some(membership) = memberships.get_mut(scope) else {
            return;
        };
        let Some(index) = self.scopes.get_mut(&scope) else {
            return;
        };
        for room in rooms {
            if index.remove(slot, room) {
                membership.leave(room, now);
            }
        }
    }

    /// Takes a session out of a scope and all its rooms. Says whether it was in it.
    pub(crate) fn exit(&mut self, slot: Slot, memberships: &mut Memberships, scope: Scope) -> bool {
        let Some(at) = memberships.0.iter().position(|entered| entered.scope == scope) else {
            return false;
        };
        let membership = memberships.0.swap_remove(at);
        self.exit_rooms(slot, &membership);
        true
    }

    /// Takes a session out of everything, and says what that was.
    pub(crate) fn exit_all(
        &mut self,
        slot: Slot,
        memberships: &mut Memberships,
        now: Position,
    ) -> Vec<Membership> {
        let mut left = std::mem::take(&mut memberships.0);
        for membership in &mut left {
            membership.set_left(now);
            self.exit_rooms(slot, membership);
        }
        left
    }

    fn exit_rooms(&mut self, slot: Slot, membership: &Membership) {
        let Some(index) = self.scopes.get_mut(&membership.scope) else {
            return;
        };
        for room in membership.rooms() {
            index.remove(slot, room);
        }
        index.everyone.remove(slot);
        if index.everyone.is_empty() {
            self.scopes.remove(&membership.scope);
        }
    }

    /// Everyone in a scope.
    pub(crate) fn everyone(&self, scope: Scope) -> impl Iterator<Item = Slot> {
        self.scopes.get(&scope).into_iter().flat_map(|index| index.everyone.iter())
    }

    /// The members of a room.
    pub(crate) fn members(&self, scope: Scope, room: &str) -> impl Iterator<Item = Slot> {
        let room = self.scopes.get(&scope).and_then(|index| index.rooms.get(room));
        room.into_iter().flat_map(Members::iter)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.scopes.is_empty()
    }
}

impl ScopeRooms {
    fn remove(&mut self, slot: Slot, room: &RoomName) -> bool {
        let Some(members) = self.rooms.get_mut(room) else {
            return false;
        };
        let removed = members.remove(slot);
        if members.is_empty() {
            self.rooms.remove(room);
        }
        removed
    }
}

impl Memberships {
    /// What the session is in, of one scope.
    pub(crate) fn get(&self, scope: Scope) -> Option<&Membership> {
        self.0.iter().find(|entered| entered.scope == scope)
    }

    fn get_mut(&mut self, scope: Scope) -> Option<&mut Membership> {
        self.0.iter_mut().find(|entered| entered.scope == scope)
    }
}

/// A set of sessions. Most rooms are a socket's own and have one member, which costs no
/// allocation.
#[derive(Debug, Default)]
enum Members {
    #[default]
    None,
    One(Slot),
    Many(Box<IndexSet<Slot, BuildHasherDefault<SlotHasher>>>),
}

impl Members {
    fn insert(&mut self, slot: Slot) -> bool {
        match self {
            Self::None => *self = Self::One(slot),
            Self::One(only) if *only == slot => return false,
            Self::One(only) => *self = Self::Many(Box::new(IndexSet::from_iter([*only, slot]))),
            Self::Many(set) => return set.insert(slot),
        }
        true
    }

    fn remove(&mut self, slot: Slot) -> bool {
        match self {
            Self::One(only) if *only == slot => *self = Self::None,
            Self::None | Self::One(_) => return false,
            Self::Many(set) => return set.swap_remove(&slot),
        }
        true
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::One(_) => false,
            Self::Many(set) => set.is_empty(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = Slot> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(only) => (Some(*only), None),
            Self::Many(set) => (None, Some(set)),
        };
        one.into_iter().chain(many.into_iter().flat_map(|set| set.iter().copied()))
    }
}

/// Slots are small numbers that we choose ourselves: one multiplication spreads them.
#[derive(Debug, Default)]
struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, slot: u32) {
        self.0 = (self.0 ^ u64::from(slot)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    const NOW: Position = Position(0);
    const SCOPES: u64 = 2;
    const ROOMS: [&str; 3] = ["a", "b", "c"];

    #[derive(Debug, Clone)]
    enum Step {
        Enter(Slot, u64, usize),
        Join(Slot, u64, usize),
        Leave(Slot, u64, usize),
        Exit(Slot, u64),
        ExitAll(Slot),
    }

    fn step() -> impl Strategy<Value = Step> {
        let parts = (0..4_u32, 0..SCOPES, 0..ROOMS.len());
        prop_oneof![
            parts.clone().prop_map(|(slot, scope, room)| Step::Enter(slot, scope, room)),
            parts.clone().prop_map(|(slot, scope, room)| Step::Join(slot, scope, room)),
            parts.clone().prop_map(|(slot, scope, room)| Step::Leave(slot, scope, room)),
            parts.prop_map(|(slot, scope, _)| Step::Exit(slot, scope)),
            (0..4_u32).prop_map(Step::ExitAll),
        ]
    }

    /// What the index should hold: for each scope and session, its rooms.
    type Model = BTreeMap<(u64, Slot), BTreeSet<&'static str>>;

    fn apply(step: &Step, index: &mut RoomIndex, slots: &mut [Memberships], model: &mut Model) {
        match *step {
            Step::Enter(slot, scope, room) => {
                let memberships = &mut slots[slot as usize];
                let rooms = Rooms::New(vec![ROOMS[room].into()]);
                let entry = Entry { scope: Scope(scope), member: Member(Arc::new(())), rooms };
                index.enter(slot, memberships, entry, NOW);
                model.entry((scope, slot)).or_default().insert(ROOMS[room]);
            }
            Step::Join(slot, scope, room) => {
                let memberships = &mut slots[slot as usize];
                index.join(slot, memberships, Scope(scope), vec![ROOMS[room].into()], NOW);
                if let Some(rooms) = model.get_mut(&(scope, slot)) {
                    rooms.insert(ROOMS[room]);
                }
            }
            Step::Leave(slot, scope, room) => {
                let memberships = &mut slots[slot as usize];
                index.leave(slot, memberships, Scope(scope), &[ROOMS[room].into()], NOW);
                if let Some(rooms) = model.get_mut(&(scope, slot)) {
                    rooms.remove(ROOMS[room]);
                }
            }
            Step::Exit(slot, scope) => {
                let was_in = index.exit(slot, &mut slots[slot as usize], Scope(scope));
                assert_eq!(was_in, model.remove(&(scope, slot)).is_some());
            }
            Step::ExitAll(slot) => {
                index.exit_all(slot, &mut slots[slot as usize], NOW);
                model.retain(|(_, member), _| *member != slot);
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_map(steps in prop::collection::vec(step(), 0..60)) {
            let mut index = RoomIndex::default();
            let mut slots: Vec<Memberships> = (0..4).map(|_| Memberships::default()).collect();
            let mut model = Model::new();
            for step in &steps {
                apply(step, &mut index, &mut slots, &mut model);
                for scope in 0..SCOPES {
                    let everyone: BTreeSet<_> = index.everyone(Scope(scope)).collect();
                    let expected: BTreeSet<_> =
                        model.keys().filter(|(s, _)| *s == scope).map(|(_, slot)| *slot).collect();
                    prop_assert_eq!(everyone, expected);
                    for room in ROOMS {
                        let members: BTreeSet<_> = index.members(Scope(scope), room).collect();
                        let expected: BTreeSet<_> = model
                            .iter()
                            .filter(|((s, _), rooms)| *s == scope && rooms.contains(room))
                            .map(|((_, slot), _)| *slot)
                            .collect();
                        prop_assert_eq!(members, expected);
                    }
                }
            }
            for slot in 0..4 {
                index.exit_all(slot, &mut slots[slot as usize], NOW);
            }
            prop_assert!(index.is_empty(), "nothing remains of those who have left");
        }
    }
}
