//! What was sent and done, in order, bounded in time and bytes.

use std::collections::VecDeque;
use std::time::Duration;

use engineio::{Packet, Position, RoomChange, Selection};
use tokio::time::Instant;

/// What an entry takes beside its packet and the names of its rooms, roughly, in bytes.
const ENTRY_BYTES: usize = 256;

/// Everything that was sent and done after `start`, the oldest first, without gaps.
#[derive(Debug)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    bytes: usize,
    start: Position,
    max_age: Duration,
    max_bytes: usize,
}

/// One thing that was done, and for whom.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) position: Position,
    pub(super) to: Selection,
    pub(super) done: Done,
    at: Instant,
}

/// What a socket has to know that was away.
#[derive(Debug)]
pub(super) enum Done {
    /// An event was sent.
    Event(Packet),
    /// Rooms were joined or left.
    Change(RoomChange),
    /// Sockets were ended.
    End,
}

impl Entry {
    fn bytes(&self) -> usize {
        let rooms = self.to.rooms.iter().chain(&self.to.except_rooms);
        let (changed, packet) = match &self.done {
            Done::Event(packet) => (&[][..], packet.len()),
            Done::Change(RoomChange::Join(rooms) | RoomChange::Leave(rooms)) => (&**rooms, 0),
            Done::End => (&[][..], 0),
        };
        packet + rooms.chain(changed).map(|room| room.len() + 16).sum::<usize>() + ENTRY_BYTES
    }
}

impl Log {
    pub(super) fn new(max_age: Duration, max_bytes: usize) -> Self {
        let (entries, start) = (VecDeque::new(), Position::default());
        Self { entries, bytes: 0, start, max_age, max_bytes }
    }

    /// The position of the last entry.
    pub(super) fn last(&self) -> Position {
        self.entries.back().map_or(self.start, |entry| entry.position)
    }

    /// The position of the next entry.
    pub(super) fn next(&self) -> Position {
        Position(self.last().0 + 1)
    }

    /// Keeps the next entry, and drops what is too old or too much. Returns its position.
    pub(super) fn push(&mut self, to: Selection, done: Done, at: Instant) -> Position {
        let position = self.next();
        let entry = Entry { position, to, done, at };
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while let Some(first) = self.entries.front()
            && (self.bytes > self.max_bytes || at.duration_since(first.at) > self.max_age)
        {
            self.bytes -= first.bytes();
            self.start = first.position;
            self.entries.pop_front();
        }
        position
    }

    /// The entries after a position; `None` if some of them are gone, or the position was never
    /// given.
    pub(super) fn after(&self, position: Position) -> Option<impl Iterator<Item = &Entry>> {
        if position > self.last() {
            return None;
        }
        let skip = usize::try_from(position.0.checked_sub(self.start.0)?).ok()?;
        Some(self.entries.iter().skip(skip))
    }
}

#[cfg(test)]
mod tests {
    use engineio::Scope;

    use super::*;

    fn push(log: &mut Log, bytes: usize, at: Instant) {
        let to = Selection { scope: Scope(0), rooms: Vec::new(), except_rooms: Vec::new() };
        let position = log.next();
        let done = Done::Event(Packet::new("x".repeat(bytes)));
        assert_eq!(log.push(to, done, at), position);
    }

    fn after(log: &Log, position: u64) -> Option<Vec<u64>> {
        Some(log.after(Position(position))?.map(|entry| entry.position.0).collect())
    }

    #[test]
    fn entries_are_found_by_their_positions() {
        let mut log = Log::new(Duration::from_secs(10), 10_000);
        assert_eq!(after(&log, 0), Some(Vec::new()));
        assert_eq!(after(&log, 1), None);
        let now = Instant::now();
        for _ in 0..3 {
            push(&mut log, 1, now);
        }
        assert_eq!(after(&log, 0), Some(vec![1, 2, 3]));
        assert_eq!(after(&log, 2), Some(vec![3]));
        assert_eq!(after(&log, 3), Some(Vec::new()));
        assert_eq!(after(&log, 4), None);
    }

    #[test]
    fn the_oldest_goes_first_and_is_known_to_be_gone() {
        let mut log = Log::new(Duration::from_secs(10), 3_000);
        let now = Instant::now();
        for _ in 0..4 {
            push(&mut log, 600, now);
        }
        assert_eq!(after(&log, 0), None, "too much");
        assert_eq!(after(&log, 1), Some(vec![2, 3, 4]));
        push(&mut log, 1, now + Duration::from_secs(11));
        assert_eq!(after(&log, 3), None, "too old");
        assert_eq!(after(&log, 4), Some(vec![5]));
        push(&mut log, 5_000, now + Duration::from_secs(11));
        assert_eq!(after(&log, 5), None);
        assert_eq!(after(&log, 6), Some(Vec::new()));
        assert_eq!(log.bytes, 0);
    }
}
