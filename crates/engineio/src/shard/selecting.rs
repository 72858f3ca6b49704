//! Operations on many sessions: whom they select, and what they do to them.

use super::seat::{Phase, Seat};
use super::{Shard, Slot};
use crate::hub::{Announced, Found, Inquiry};
use crate::room_index::{Entry, RoomIndex};
use crate::session::SessionKey;
use crate::{Broadcast, Delivery, Packet, Position, RoomChange, RoomName, Scope, Selection};

impl Shard {
    /// Everything that is counted up to here has been carried out.
    pub(super) fn arrive_at(&mut self, position: Option<Position>) {
        if let Some(position) = position {
            self.position = position;
        }
    }

    pub(super) fn broadcast(&mut self, announced: &Announced) {
        let Broadcast { to, packet, delivery, position } = &announced.broadcast;
        let targets = self.select(to);
        for &slot in &targets {
            self.append(slot, packet, *delivery);
        }
        if let Some(recipients) = &announced.recipients {
            let member =
                |slot: &Slot| Some(self.seat_at(*slot)?.memberships.get(to.scope)?.member.clone());
            // Who asked may no longer wait. There is room for the answers of all shards.
            drop(recipients.try_send(targets.iter().filter_map(member).collect()));
        }
        self.give_back(targets);
        self.arrive_at(*position);
    }

    pub(super) fn change_rooms(&mut self, selection: &Selection, change: &RoomChange) {
        let targets = self.select(selection);
        for &slot in &targets {
            let Some(Some(seat)) = self.seats.get(slot as usize) else { continue };
            let key = seat.session.key();
            match change {
                RoomChange::Join(rooms) => self.join(key, selection.scope, rooms.clone()),
                RoomChange::Leave(rooms) => self.leave(key, selection.scope, rooms),
            }
        }
        self.give_back(targets);
    }

    pub(super) fn answer(&mut self, selection: &Selection, inquiry: &Inquiry) {
        let targets = self.select(selection);
        let found = |slot: &Slot| {
            let membership = self.seat_at(*slot)?.memberships.get(selection.scope)?;
            let rooms = membership.rooms().cloned().collect();
            Some(Found { member: membership.member.clone(), rooms })
        };
        // Who asked may no longer wait. There is room for the answers of all shards.
        match inquiry {
            Inquiry::Count(reply) => drop(reply.try_send(targets.len())),
            Inquiry::Find(reply) => {
                drop(reply.try_send(targets.iter().filter_map(found).collect()));
            }
        }
        self.give_back(targets);
    }

    pub(super) fn enter(&mut self, key: SessionKey, entry: Entry, packets: &[Packet]) {
        for packet in packets {
            if self.seat(key).is_some() {
                self.append(key.slot, packet, Delivery::Reliable);
            }
        }
        self.with_rooms(key, |index, seat, now| {
            index.enter(key.slot, &mut seat.memberships, entry, now);
        });
    }

    pub(super) fn join(&mut self, key: SessionKey, scope: Scope, rooms: Vec<RoomName>) {
        self.with_rooms(key, |index, seat, now| {
            index.join(key.slot, &mut seat.memberships, scope, rooms, now);
        });
    }

    pub(super) fn leave(&mut self, key: SessionKey, scope: Scope, rooms: &[RoomName]) {
        self.with_rooms(key, |index, seat, now| {
            index.leave(key.slot, &mut seat.memberships, scope, rooms, now);
        });
    }

    pub(super) fn with_rooms(
        &mut self,
        key: SessionKey,
        action: impl FnOnce(&mut RoomIndex, &mut Seat, Position),
    ) {
        let seat = self.seats.get_mut(key.slot as usize).and_then(Option::as_mut);
        if let Some(seat) = seat
            && seat.session.key() == key
            && seat.phase == Phase::Open
        {
            action(&mut self.rooms, seat, self.position);
        }
    }

    /// The sessions of a selection, each once, in a list that is to be given back.
    fn select(&mut self, selection: &Selection) -> Vec<Slot> {
        let mark = self.next_mark();
        for room in &selection.except_rooms {
            for slot in self.rooms.members(selection.scope, room) {
                mark_seat(&mut self.seats, slot, mark);
            }
        }
        let mut targets = std::mem::take(&mut self.targets);
        if selection.rooms.is_empty() {
            targets.extend(self.rooms.everyone(selection.scope));
        }
        for room in &selection.rooms {
            targets.extend(self.rooms.members(selection.scope, room));
        }
        targets.retain(|slot| mark_seat(&mut self.seats, *slot, mark));
        targets
    }

    /// Keeps the memory of a list of sessions for the next one.
    fn give_back(&mut self, mut targets: Vec<Slot>) {
        targets.clear();
        self.targets = targets;
    }

    fn next_mark(&mut self) -> u32 {
        self.broadcasts = self.broadcasts.wrapping_add(1);
        if self.broadcasts == 0 {
            for seat in self.seats.iter_mut().flatten() {
                seat.mark = 0;
            }
            self.broadcasts = 1;
        }
        self.broadcasts
    }

    fn seat_at(&self, slot: Slot) -> Option<&Seat> {
        self.seats.get(slot as usize)?.as_ref()
    }
}

/// Marks a session as dealt with by a selection. Says whether it was not before.
fn mark_seat(seats: &mut [Option<Seat>], slot: Slot, mark: u32) -> bool {
    match seats.get_mut(slot as usize) {
        Some(Some(seat)) => std::mem::replace(&mut seat.mark, mark) != mark,
        _ => false,
    }
}
