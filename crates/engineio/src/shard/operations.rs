//! What each operation does.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::queue::{Op, PollReply};
use super::seat::{Flow, Heartbeat, Link, Phase, Seat};
use super::{Shard, Slot, seat_of};
use crate::engine::open_packet;
use crate::reader::Reader;
use crate::session::{Session, SessionKey};
use crate::transport::Transport;
use crate::{CloseReason, Delivery, LatestKey, Packet};

const NEWEST_PONG: LatestKey = LatestKey(u32::MAX);

impl Shard {
    pub(super) fn carry_out(&mut self, op: Op) {
        match op {
            Op::Open { session, transport } => self.open(session, transport),
            Op::Send { key, packet, delivery, position, _share } => {
                self.arrive_at(position);
                if self.seat(key).is_some() {
                    self.append(key.slot, &packet, delivery);
                }
            }
            Op::Broadcast(operation) => self.broadcast(&operation),
            Op::Change(operation) => {
                self.arrive_at(operation.2);
                self.change_rooms(&operation.0, &operation.1);
            }
            Op::Inquire(operation) => self.answer(&operation.0, &operation.1),
            Op::Enter { key, entry, packets, _share } => self.enter(key, entry, &packets),
            Op::Join { key, scope, rooms, _share } => self.join(key, scope, rooms),
            Op::Leave { key, scope, rooms, _share } => self.leave(key, scope, &rooms),
            Op::Exit { key, scope, packet } => {
                self.with_rooms(key, |index, seat, _| {
                    index.exit(key.slot, &mut seat.memberships, scope);
                });
                if let Some(packet) = packet
                    && self.seat(key).is_some()
                {
                    self.append(key.slot, &packet, Delivery::Reliable);
                }
            }
            Op::Close { key, reason, code } => self.begin_close(key, reason, code),
            Op::Gone { key, reason } => self.gone(key, reason),
            Op::Poll { key, reply } => self.poll(key, reply),
            Op::PollAborted { key } => {
                if let Some(Seat { link: Link::Polling { .. }, .. }) = self.seat(key) {
                    self.remove(key.slot, CloseReason::TransportError);
                }
            }
            Op::Probe { key, candidate } => self.probe(key, candidate),
            Op::Upgrade { key, reader } => self.upgrade(key, reader),
            Op::ProbeFailed { key, candidate: failed } => {
                if let Some(Seat { link: Link::Polling { candidate, .. }, .. }) = self.seat(key) {
                    candidate.take_if(|candidate| Arc::ptr_eq(candidate, &failed));
                }
            }
            Op::Ask { key, answer, _share } => self.ask(key, answer),
            Op::Pong { key } => self.pong(key),
            Op::AnswerPing { key, pong, _share } => self.answer_ping(key, &pong),
            Op::Pause { key, paused } => self.pause(key, paused),
            Op::Writable { key } => {
                if let Some(seat) = self.seat(key) {
                    seat.flow = Flow::Retrying;
                    self.touch(key.slot);
                }
            }
            Op::Shutdown => self.shutdown(),
            Op::Abort => self.abort(),
        }
    }

    fn open(&mut self, session: Session, transport: Option<Arc<Transport>>) {
        let key = session.key();
        let packet = open_packet(self.hub.config(), &session);
        let observed = self.hub.observed();
        observed.tell(|observer| observer.session_opened(key, session.transport()));
        let slot = key.slot as usize;
        if self.seats.len() <= slot {
            self.seats.resize_with(slot + 1, || None);
        }
        self.seats[slot] = Some(Seat::new(session, transport));
        self.occupied += 1;
        self.pings.set(self.now, key);
        self.append(key.slot, &packet, Delivery::Reliable);
        if self.stopping {
            self.begin_close(key, CloseReason::Shutdown, 1001);
        }
    }

    fn gone(&mut self, key: SessionKey, reason: CloseReason) {
        let Some(seat) = self.seat(key) else { return };
        let polls_later = matches!(seat.link, Link::Polling { poll: None, candidate: None });
        match seat.phase {
            Phase::Open if polls_later && reason == CloseReason::TransportClose => {
                self.begin_farewell(key);
            }
            Phase::Open => self.remove(key.slot, reason),
            Phase::Closing(first) | Phase::Finished(first) => self.remove(key.slot, first),
        }
    }

    fn poll(&mut self, key: SessionKey, reply: tokio::sync::oneshot::Sender<PollReply>) {
        let Some(seat) = self.seat(key) else { return };
        match &mut seat.link {
            // The request may have been dropped already, which its own guard tells us.
            Link::WebSocket(_) => drop(reply.send(PollReply::Refused)),
            Link::Polling { poll: Some(_), .. } => {
                drop(reply.send(PollReply::Refused));
                self.remove(key.slot, CloseReason::TransportError);
            }
            Link::Polling { poll, .. } => {
                *poll = Some(reply);
                self.touch(key.slot);
            }
        }
    }

    fn probe(&mut self, key: SessionKey, new: Arc<Transport>) {
        match self.seat(key) {
            Some(Seat {
                link: Link::Polling { candidate: candidate @ None, .. },
                phase: Phase::Open,
                ..
            }) => {
                let answer = Packet::control("3probe");
                let frame = answer.websocket();
                // A fresh socket takes these few bytes at once; one that does not is no use.
                match new.try_write(&[std::io::IoSlice::new(frame)]) {
                    Ok(written) if written == frame.len() => *candidate = Some(new),
                    _ => new.shutdown(),
                }
                self.touch(key.slot);
            }
            _ => new.shutdown(),
        }
    }

    fn upgrade(&mut self, key: SessionKey, reader: Box<Reader>) {
        let transport = reader.transport().clone();
        let Some(seat) = self.seat(key) else {
            return transport.shutdown();
        };
        let confirmed = match &seat.link {
            Link::Polling { candidate: Some(candidate), .. } => Arc::ptr_eq(candidate, &transport),
            _ => false,
        };
        if !confirmed {
            return transport.shutdown();
        }
        if !seat.refuse_poll() {
            return self.remove(key.slot, CloseReason::TransportError);
        }
        seat.link = Link::WebSocket(transport);
        seat.outbox.recount_for_websocket();
        seat.session.set_websocket();
        seat.session.inbox().set_reader(reader);
        self.hub.observed().tell(|observer| observer.session_upgraded(key));
        self.touch(key.slot);
    }

    /// Pings out of turn, beside the heartbeat: the pong is an answer to both, and a second one to
    /// neither. Whoever asks while others do waits with them.
    fn ask(&mut self, key: SessionKey, answer: oneshot::Sender<()>) {
        if !self.seat(key).is_some_and(|seat| seat.phase == Phase::Open) {
            return;
        }
        let asking = self.asking.entry(key).or_default();
        asking.retain(|other| !other.is_closed());
        asking.push(answer);
        if asking.len() == 1 {
            let ping = self.ping.clone();
            self.append(key.slot, &ping, Delivery::Reliable);
        }
    }

    fn answer_askers(&mut self, key: SessionKey) {
        for answer in self.asking.remove(&key).into_iter().flatten() {
            // Who asked may have stopped waiting.
            answer.send(()).ok();
        }
    }

    fn pong(&mut self, key: SessionKey) {
        let now = self.now;
        self.answer_askers(key);
        let Some(seat) = self.seat(key) else { return };
        if seat.heartbeat == Heartbeat::AwaitingPong {
            seat.heartbeat = Heartbeat::Resting;
            seat.pong.clear();
            self.pings.set(now, key);
        }
    }

    /// Answers each ping that there is room for, and of the others the newest (RFC 6455 §5.5.3).
    fn answer_ping(&mut self, key: SessionKey, pong: &Packet) {
        let Some(seat) = self.seat(key) else { return };
        let each = seat.is_writable() && self.has_room(key.slot, pong);
        let delivery = if each { Delivery::Reliable } else { Delivery::Latest(NEWEST_PONG) };
        self.append(key.slot, pong, delivery);
    }

    fn pause(&mut self, key: SessionKey, paused: bool) {
        let Some(seat) = seat_of(&mut self.seats, key) else { return };
        seat.paused = paused;
        if paused {
            seat.pong.clear();
            // Its pong would not be read, and that it sends so much is a sign of life.
            self.answer_askers(key);
        } else if seat.heartbeat == Heartbeat::AwaitingPong {
            self.pongs.set(self.now, &mut seat.pong, key);
        }
    }

    fn shutdown(&mut self) {
        self.stopping = true;
        let keys = self.seats.iter().flatten().map(|seat| seat.session.key()).collect::<Vec<_>>();
        for key in keys {
            if let Some(seat) = self.seat(key) {
                seat.session.inbox().close(CloseReason::Shutdown);
            }
            self.begin_close(key, CloseReason::Shutdown, 1001);
        }
    }

    fn abort(&mut self) {
        self.stopping = true;
        for slot in 0..self.seats.len() {
            let slot = Slot::try_from(slot).expect("slots are u32");
            self.remove(slot, CloseReason::Shutdown);
        }
    }
}
