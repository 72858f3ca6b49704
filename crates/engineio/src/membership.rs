//! What a session is in, and since when, so that it can be told later what it has missed.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::{Position, RoomChange, RoomName, Scope, Selection};

/// The stays in rooms that have ended and are remembered, for each session and scope. Past it the
/// oldest is forgotten, and with it what was sent before its end.
const MAX_PAST_STAYS: usize = 64;

/// What the protocol above has put into a scope for a session, to find it again there.
#[derive(Clone)]
pub struct Member(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member")
    }
}

/// The rooms that a session enters a scope with.
#[derive(Debug)]
pub enum Rooms {
    /// These, from now on.
    New(Vec<RoomName>),
    /// Those of an earlier session, as if that had never ended.
    Again(Membership),
}

/// A session's stay in one scope. It outlives the session
/// ([`Connection::on_removed`](crate::Connection::on_removed)), for another one to enter with.
#[derive(Debug)]
pub struct Membership {
    pub(crate) scope: Scope,
    pub(crate) member: Member,
    entered: Position,
    /// Up to where it knows what happened to it; set when the session has left.
    left: Position,
    rooms: Vec<Stay>,
    /// Most sessions have left no rooms.
    past: Option<Box<Past>>,
}

#[derive(Debug)]
struct Stay {
    room: RoomName,
    since: Position,
}

/// Rooms that were left.
#[derive(Debug, Default)]
struct Past {
    stays: Vec<PastStay>,
    /// What was sent up to here can no longer be told.
    forgotten: Position,
}

#[derive(Debug)]
struct PastStay {
    stay: Stay,
    until: Position,
}

impl Membership {
    pub(crate) fn new(scope: Scope, member: Member, entered: Position) -> Self {
        Self { scope, member, entered, left: entered, rooms: Vec::new(), past: None }
    }

    /// The scope.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What was put into the scope for the session.
    pub fn member(&self) -> &Member {
        &self.member
    }

    /// Lets go of what was put into the scope for the session.
    pub fn forget_member(&mut self) {
        self.member = Member(Arc::new(()));
    }

    /// Where it was entered: nothing up to there was for the session.
    pub fn entered(&self) -> Position {
        self.entered
    }

    /// Where the session has left: what was changed after that, it does not know by itself.
    pub fn left(&self) -> Position {
        self.left
    }

    /// A change that was for it while it had no session.
    pub fn change(&mut self, change: &RoomChange, position: Position) {
        match change {
            RoomChange::Join(rooms) => {
                for room in rooms {
                    if !self.rooms().any(|joined| joined == room) {
                        self.join(room.clone(), position);
                    }
                }
            }
            RoomChange::Leave(rooms) => rooms.iter().for_each(|room| self.leave(room, position)),
        }
        self.left = position;
    }

    /// The rooms that it has joined and not left.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomName> {
        self.rooms.iter().map(|stay| &stay.room)
    }

    /// Whether it can be told for everything after `position` if it was for the session: not if so
    /// many rooms were left since then that the first of them had to be forgotten.
    pub fn remembers(&self, position: Position) -> bool {
        self.past.as_ref().is_none_or(|past| past.forgotten <= position)
    }

    /// Whether what was sent to `selection` at `position` was for the session: it counts what the
    /// session was in then, or still is in.
    pub fn was_selected(&self, selection: &Selection, position: Position) -> bool {
        let within = |room: &RoomName| self.was_in(room, position);
        selection.scope == self.scope
            && position > self.entered
            && (selection.rooms.is_empty() || selection.rooms.iter().any(within))
            && !selection.except_rooms.iter().any(within)
    }

    fn was_in(&self, room: &RoomName, position: Position) -> bool {
        let still = self.rooms.iter().any(|stay| stay.room == *room && stay.since < position);
        let past = || {
            let mut stays = self.past.iter().flat_map(|past| &past.stays);
            stays.any(|PastStay { stay, until }| {
                stay.room == *room && stay.since < position && position <= *until
            })
        };
        still || past()
    }

    pub(crate) fn set_left(&mut self, position: Position) {
        self.left = position;
    }

    pub(crate) fn reserve(&mut self, rooms: usize) {
        self.rooms.reserve_exact(rooms);
    }

    pub(crate) fn join(&mut self, room: RoomName, since: Position) {
        self.rooms.push(Stay { room, since });
    }

    pub(crate) fn leave(&mut self, room: &RoomName, until: Position) {
        let Some(at) = self.rooms.iter().position(|stay| stay.room == *room) else { return };
        let stay = self.rooms.swap_remove(at);
        // A stay in which nothing was sent leaves no trace.
        if stay.since < until {
            self.past.get_or_insert_default().push(PastStay { stay, until });
        }
    }
}

impl Past {
    fn push(&mut self, stay: PastStay) {
        if self.stays.len() == MAX_PAST_STAYS {
            // They were left one after another.
            self.forgotten = self.stays.remove(0).until;
        }
        self.stays.push(stay);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope = Scope(1);

    fn membership(entered: u64) -> Membership {
        Membership::new(SCOPE, Member(Arc::new(())), Position(entered))
    }

    fn to(rooms: &[&str], except_rooms: &[&str]) -> Selection {
        let names = |rooms: &[&str]| rooms.iter().map(|room| Arc::from(*room)).collect();
        Selection { scope: SCOPE, rooms: names(rooms), except_rooms: names(except_rooms) }
    }

    #[test]
    fn what_was_sent_counts_for_those_who_were_there() {
        let mut one = membership(10);
        one.join("a".into(), Position(12));
        one.join("b".into(), Position(12));
        one.leave(&"a".into(), Position(15));
        let everyone = to(&[], &[]);
        assert!(!one.was_selected(&everyone, Position(10)));
        assert!(one.was_selected(&everyone, Position(11)));
        assert!(!one.was_selected(&Selection { scope: Scope(2), ..everyone }, Position(11)));
        let in_a = [11, 12, 13, 15, 16].map(|at| one.was_selected(&to(&["a"], &[]), Position(at)));
        assert_eq!(in_a, [false, false, true, true, false]);
        assert!(one.was_selected(&to(&["a", "b"], &[]), Position(16)));
        assert!(!one.was_selected(&to(&["b"], &["a"]), Position(13)));
        assert!(one.was_selected(&to(&["b"], &["a"]), Position(16)));
        assert!(one.was_selected(&to(&["b"], &["a"]), Position(99)));
        assert_eq!(one.rooms().collect::<Vec<_>>(), [&Arc::from("b")]);
    }

    #[test]
    fn so_many_rooms_are_left_that_the_first_are_forgotten() {
        let mut one = membership(0);
        for at in 0..MAX_PAST_STAYS as u64 + 2 {
            let room = RoomName::from(at.to_string());
            one.join(room.clone(), Position(at));
            one.leave(&room, Position(at + 1));
        }
        assert!(!one.remembers(Position(1)));
        assert!(one.remembers(Position(2)));
        assert!(one.was_selected(&to(&["2"], &[]), Position(3)));
    }

    #[test]
    fn a_stay_in_which_nothing_was_sent_leaves_no_trace() {
        let mut one = membership(5);
        for _ in 0..2 * MAX_PAST_STAYS {
            one.join("a".into(), Position(7));
            one.leave(&"a".into(), Position(7));
        }
        assert!(one.remembers(Position(0)));
        assert!(one.past.is_none());
    }
}
