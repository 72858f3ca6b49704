//! From packets to transports: appending to outboxes, flushing them, ending sessions.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::queue::{Op, PollReply, ShardQueue};
use super::seat::{Flow, Link, Phase};
use super::{Shard, Slot, WRITES_PER_TURN};
use crate::observer::Observed;
use crate::outbox::{Flush, Outbox};
use crate::session::SessionKey;
use crate::{CloseReason, Delivery, Packet, SlowConsumer};

/// Tells a shard that a transport takes bytes again.
struct WriteWaker {
    queue: Arc<ShardQueue>,
    key: SessionKey,
}

impl Wake for WriteWaker {
    fn wake(self: Arc<Self>) {
        self.queue.push(Op::Writable { key: self.key });
    }
}

impl Shard {
    /// Appends a packet to an outbox, whose bound is kept here.
    pub(super) fn append(&mut self, slot: Slot, packet: &Packet, delivery: Delivery) {
        self.appended += 1;
        let Some(Some(seat)) = self.seats.get(slot as usize) else {
            return;
        };
        // A packet of no messages has nothing to write, which streams would take for their end.
        if seat.phase != Phase::Open || seat.wire_length(packet) == 0 {
            return;
        }
        let counted = !matches!(delivery, Delivery::Latest(_));
        let fits = !counted || self.has_room(slot, packet);
        let Some(Some(seat)) = self.seats.get_mut(slot as usize) else {
            return;
        };
        match delivery {
            Delivery::Volatile if !fits || !seat.is_writable() => {
                let key = seat.session.key();
                return self.hub.observed().tell(|observer| observer.volatile_dropped(key, 1));
            }
            _ if !fits => {
                let waiting = seat.outbox.bytes();
                return self.remove_slow(slot, SlowConsumer::Bytes(waiting));
            }
            _ => {}
        }
        let length = seat.wire_length(packet);
        seat.outbox.push(packet.clone(), delivery, length);
        self.touch(slot);
    }

    /// Whether an outbox keeps its bound with this packet. A burst may be larger than the bound
    /// although its reader is fast, so that one that would not is flushed first.
    pub(super) fn has_room(&mut self, slot: Slot, packet: &Packet) -> bool {
        if self.is_past_bound(slot, packet) {
            self.flush(slot);
        }
        !self.is_past_bound(slot, packet)
    }

    fn is_past_bound(&self, slot: Slot, packet: &Packet) -> bool {
        let Some(Some(seat)) = self.seats.get(slot as usize) else {
            return false;
        };
        let bound = self.hub.config().outbox_bytes;
        let waiting = seat.outbox.bytes();
        waiting > 0 && waiting + seat.wire_length(packet) > bound
    }

    /// Notes that an outbox is to be flushed.
    pub(super) fn touch(&mut self, slot: Slot) {
        if let Some(Some(seat)) = self.seats.get_mut(slot as usize)
            && !seat.dirty
        {
            seat.dirty = true;
            self.dirty.push_back(slot);
        }
    }

    /// Flushes some of the touched outboxes; the rest waits for the next turn.
    pub(super) fn flush_some(&mut self) {
        for _ in 0..WRITES_PER_TURN {
            let Some(slot) = self.dirty.pop_front() else {
                break;
            };
            if let Some(Some(seat)) = self.seats.get_mut(slot as usize) {
                seat.dirty = false;
                self.flush(slot);
            }
        }
    }

    fn flush(&mut self, slot: Slot) {
        let Some(Some(seat)) = self.seats.get_mut(slot as usize) else {
            return;
        };
        match &seat.link {
            Link::WebSocket(_) if seat.flow == Flow::Blocked => {}
            Link::WebSocket(_) => self.flush_websocket(slot),
            Link::Polling { .. } => self.flush_polling(slot),
        }
    }

    fn flush_websocket(&mut self, slot: Slot) {
        let queue = self.hub.shard(self.index);
        let Some(Some(seat)) = self.seats.get_mut(slot as usize) else {
            return;
        };
        let key = seat.session.key();
        let Link::WebSocket(transport) = &seat.link else {
            return;
        };
        let waker = || Waker::from(Arc::new(WriteWaker { queue: queue.clone(), key }));
        match seat.outbox.flush(transport, waker) {
            Flush::Done => {
                seat.flow = Flow::Free;
                seat.stall.clear();
                if let Phase::Closing(reason) = seat.phase {
                    transport.finish_writing();
                    seat.phase = Phase::Finished(reason);
                }
            }
            Flush::Blocked { progress } => {
                let before = std::mem::replace(&mut seat.flow, Flow::Blocked);
                if before == Flow::Free {
                    // Since then none was added.
                    let dropped = seat.outbox.drop_volatile(Packet::websocket);
                    tell_dropped(self.hub.observed(), key, dropped);
                }
                if progress || before == Flow::Free {
                    self.stalls.set(self.now, &mut seat.stall, key);
                }
            }
            Flush::Failed => self.remove(slot, CloseReason::TransportError),
        }
    }

    fn flush_polling(&mut self, slot: Slot) {
        let max_payload = self.hub.config().max_payload;
        let Some(Some(seat)) = self.seats.get_mut(slot as usize) else {
            return;
        };
        let Link::Polling { poll, candidate } = &mut seat.link else {
            return;
        };
        if poll.is_none() {
            return;
        }
        let Some(payload) = seat.outbox.take_payload(max_payload) else {
            if candidate.is_some() {
                self.letting_go.set(self.now, seat.session.key());
            }
            return;
        };
        // What did not fit would have to wait for the next request.
        let dropped = seat.outbox.drop_volatile(Packet::polling);
        tell_dropped(self.hub.observed(), seat.session.key(), dropped);
        let delivered = poll.take().is_some_and(|p| p.send(PollReply::Payload(payload)).is_ok());
        if !delivered {
            self.remove(slot, CloseReason::TransportError);
        } else if let (Phase::Closing(reason), true) = (seat.phase, seat.outbox.is_empty()) {
            self.remove(slot, reason);
        }
    }

    /// Ends the request of a client that is about to upgrade, and waits for that.
    pub(super) fn let_go(&mut self, key: SessionKey) {
        let Some(seat) = self.seat(key) else { return };
        let probed = matches!(seat.link, Link::Polling { candidate: Some(_), .. });
        if probed && !seat.answer_poll("6") {
            self.remove(key.slot, CloseReason::TransportError);
        }
    }

    /// A polling client has closed its session. A request of it that is still on its way finds an
    /// answer, instead of a session that is unknown.
    pub(super) fn begin_farewell(&mut self, key: SessionKey) {
        let now = self.now;
        let Some(seat) = self.seat(key) else { return };
        let noop = Packet::control("6");
        let length = seat.wire_length(&noop);
        seat.outbox = Outbox::default();
        seat.outbox.push(noop, Delivery::Reliable, length);
        seat.phase = Phase::Closing(CloseReason::TransportClose);
        self.closings.set(now, key);
        self.exit_all(key);
    }

    /// Appends the last packet of a session and lets it go when that is delivered.
    pub(super) fn begin_close(&mut self, key: SessionKey, reason: CloseReason, code: u16) {
        let now = self.now;
        let Some(seat) = self.seat(key) else { return };
        if seat.phase != Phase::Open {
            return;
        }
        let expected = matches!(reason, CloseReason::Forced | CloseReason::Shutdown);
        if matches!(seat.link, Link::Polling { .. }) && !expected {
            return self.remove(key.slot, reason);
        }
        let last = Packet::close(code);
        let length = seat.wire_length(&last);
        seat.outbox.push(last, Delivery::Reliable, length);
        seat.phase = Phase::Closing(reason);
        // An upgrade under way goes on: its client may have stopped polling already, and would
        // never learn of the end.
        self.closings.set(now, key);
        self.exit_all(key);
        self.touch(key.slot);
    }

    /// Takes a session out of everything.
    fn exit_all(&mut self, key: SessionKey) {
        if let Some(Some(seat)) = self.seats.get_mut(key.slot as usize) {
            let left = self.rooms.exit_all(key.slot, &mut seat.memberships, self.position);
            seat.session.inbox().leave_behind(left);
        }
    }

    /// Ends a session whose client does not take what is sent to it.
    pub(super) fn remove_slow(&mut self, slot: Slot, bound: SlowConsumer) {
        if let Some(Some(seat)) = self.seats.get(slot as usize)
            && seat.phase == Phase::Open
        {
            let key = seat.session.key();
            self.hub.observed().tell(|observer| observer.slow_consumer_closed(key, bound));
        }
        self.remove(slot, CloseReason::SlowConsumer);
    }

    /// Ends a session at once: nothing of it remains here.
    pub(super) fn remove(&mut self, slot: Slot, reason: CloseReason) {
        let Some(mut seat) = self.seats.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        seat.session.inbox().leave_behind(self.rooms.exit_all(
            slot,
            &mut seat.memberships,
            self.position,
        ));
        let last = if reason == CloseReason::TransportClose { "6" } else { "1" };
        // Whether the request is still there does not matter any more.
        let _still_there = seat.answer_poll(last);
        // The reason first: the session's task may read the end of its transport at once.
        seat.session.inbox().close(reason);
        seat.shut_transports();
        self.asking.remove(&seat.session.key());
        self.occupied -= 1;
        let seats = &self.seats;
        self.pings.forget(|key| {
            matches!(
                seats.get(key.slot as usize), Some(Some(seat)) if seat.session.key() == *key
            )
        });
        self.hub.forget(&seat.session);
        self.hub.observed().tell(|observer| {
            let first = seat.session.inbox().close_reason().unwrap_or(reason);
            observer.session_closed(seat.session.key(), first);
        });
        seat.session.inbox().set_removed(reason);
        self.hub.shard(self.index).release(slot);
    }
}

fn tell_dropped(observed: &Observed, key: SessionKey, packets: usize) {
    if packets > 0 {
        observed.tell(|observer| observer.volatile_dropped(key, packets));
    }
}
