//! What was sent, in order, bounded in time and bytes.

use std::collections::VecDeque;
use std::time::Duration;

use engineio::{Packet, Position, Selection};
use tokio::time::Instant;

/// What an event takes beside its packet and the names of its rooms, roughly, in bytes.
const EVENT_BYTES: usize = 256;

/// Everything that was sent after `start`, the oldest first, without gaps.
#[derive(Debug)]
pub(super) struct Log {
    events: VecDeque<Event>,
    bytes: usize,
    start: Position,
    max_age: Duration,
    max_bytes: usize,
}

/// An event, and whom it was for.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) position: Position,
    pub(super) to: Selection,
    pub(super) packet: Packet,
    at: Instant,
}

impl Event {
    fn bytes(&self) -> usize {
        let rooms = self.to.rooms.iter().chain(&self.to.except_rooms);
        self.packet.len() + rooms.map(|room| room.len() + 16).sum::<usize>() + EVENT_BYTES
    }
}

impl Log {
    pub(super) fn new(max_age: Duration, max_bytes: usize) -> Self {
        let (events, start) = (VecDeque::new(), Position::default());
        Self { events, bytes: 0, start, max_age, max_bytes }
    }

    /// The position of the last event.
    pub(super) fn last(&self) -> Position {
        self.events.back().map_or(self.start, |event| event.position)
    }

    /// The position of the next event.
    pub(super) fn next(&self) -> Position {
        Position(self.last().0 + 1)
    }

    /// Keeps the next event, and drops what is too old or too much.
    pub(super) fn push(&mut self, position: Position, to: Selection, packet: Packet, at: Instant) {
        let event = Event { position, to, packet, at };
        self.bytes += event.bytes();
        self.events.push_back(event);
        while let Some(first) = self.events.front()
            && (self.bytes > self.max_bytes || at.duration_since(first.at) > self.max_age)
        {
            self.bytes -= first.bytes();
            self.start = first.position;
            self.events.pop_front();
        }
    }

    /// The events after a position; `None` if some of them are gone, or the position was never
    /// given.
    pub(super) fn after(&self, position: Position) -> Option<impl Iterator<Item = &Event>> {
        if position > self.last() {
            return None;
        }
        let skip = usize::try_from(position.0.checked_sub(self.start.0)?).ok()?;
        Some(self.events.iter().skip(skip))
    }
}

#[cfg(test)]
mod tests {
    use engineio::Scope;

    use super::*;

    fn push(log: &mut Log, bytes: usize, at: Instant) {
        let to = Selection { scope: Scope(0), rooms: Vec::new(), except_rooms: Vec::new() };
        log.push(log.next(), to, Packet::new("x".repeat(bytes)), at);
    }

    fn after(log: &Log, position: u64) -> Option<Vec<u64>> {
        Some(log.after(Position(position))?.map(|event| event.position.0).collect())
    }

    #[test]
    fn events_are_found_by_their_positions() {
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
