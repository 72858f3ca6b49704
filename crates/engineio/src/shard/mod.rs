//! A shard: the outboxes, rooms and heartbeats of its part of the sessions, in one task.
//!
//! It takes all operations that wait, appends packets to the outboxes that they reach, and then
//! flushes each touched outbox once. It is the only one that writes to a transport.

mod operations;
mod queue;
mod seat;
mod selecting;
mod writing;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) use self::queue::{Op, PollReply, ShardQueue};
use self::seat::{Heartbeat, Phase, Seat};
use crate::deadlines::{Deadlines, MovingDeadlines};
use crate::hub::Hub;
use crate::room_index::RoomIndex;
pub(crate) use crate::room_index::Slot;
use crate::session::SessionKey;
use crate::{CloseReason, Delivery, Packet, Position, SlowConsumer};

/// How long a request of a client that is about to upgrade waits for packets before it is let go,
/// so that the client can confirm. Every upgrade waits for it, so it is short. It is not nothing,
/// because a client may send its confirmation together with its probe, as the protocol's own suite
/// does, and expects the request to be refused then.
const LETTING_GO: Duration = Duration::from_millis(5);

/// Flushes, and packets appended, between two returns to the scheduler.
const WRITES_PER_TURN: usize = 128;
const APPENDS_PER_TURN: usize = 16 * 1024;

pub(crate) struct Shard {
    hub: Hub,
    index: u16,
    seats: Vec<Option<Seat>>,
    occupied: usize,
    rooms: RoomIndex,
    /// Operations that were taken and not yet carried out.
    taken: VecDeque<Op>,
    /// Slots whose outbox was touched.
    dirty: VecDeque<Slot>,
    /// The sessions that the operation at hand selects; kept for its memory.
    targets: Vec<Slot>,
    broadcasts: u32,
    /// Up to where what is counted was carried out.
    position: Position,
    appended: usize,
    /// The moment of this turn.
    now: Instant,
    pings: Deadlines<SessionKey>,
    pongs: MovingDeadlines<SessionKey>,
    stalls: MovingDeadlines<SessionKey>,
    closings: Deadlines<SessionKey>,
    letting_go: Deadlines<SessionKey>,
    ping: Packet,
    /// Those who wait for a pong of a session; hardly ever anyone.
    asking: HashMap<SessionKey, Vec<oneshot::Sender<()>>>,
    stopping: bool,
}

impl Shard {
    pub(crate) fn new(hub: Hub, index: u16) -> Self {
        let config = hub.config();
        Self {
            index,
            seats: Vec::new(),
            occupied: 0,
            rooms: RoomIndex::default(),
            taken: VecDeque::new(),
            dirty: VecDeque::new(),
            targets: Vec::new(),
            broadcasts: 0,
            position: Position::default(),
            appended: 0,
            now: Instant::now(),
            pings: Deadlines::new(config.ping_interval),
            pongs: MovingDeadlines::new(config.ping_timeout),
            stalls: MovingDeadlines::new(config.write_timeout),
            closings: Deadlines::new(config.close_timeout),
            letting_go: Deadlines::new(LETTING_GO),
            ping: Packet::control("2"),
            asking: HashMap::new(),
            stopping: false,
            hub,
        }
    }

    /// Runs until the hub is shut down and the last session has gone.
    pub(crate) async fn run(mut self) {
        let queue = self.hub.shard(self.index).clone();
        let mut buffer = Vec::new();
        loop {
            self.now = Instant::now();
            self.take_operations(&queue, &mut buffer);
            self.expire();
            self.flush_some();
            if !self.taken.is_empty() || !self.dirty.is_empty() {
                tokio::task::yield_now().await;
            } else if self.stopping && self.occupied == 0 {
                return queue.close();
            } else {
                self.wait(&queue).await;
            }
        }
    }

    async fn wait(&self, queue: &ShardQueue) {
        let moving = [&self.pongs, &self.stalls].into_iter().filter_map(MovingDeadlines::next);
        let set =
            [&self.pings, &self.closings, &self.letting_go].into_iter().filter_map(Deadlines::next);
        match moving.chain(set).min() {
            None => queue.wait().await,
            Some(deadline) => tokio::select! {
                () = queue.wait() => {}
                () = tokio::time::sleep_until(deadline) => {}
            },
        }
    }

    fn take_operations(&mut self, queue: &ShardQueue, buffer: &mut Vec<Op>) {
        queue.take(buffer);
        self.taken.extend(buffer.drain(..));
        self.appended = 0;
        while self.appended < APPENDS_PER_TURN {
            let Some(op) = self.taken.pop_front() else {
                break;
            };
            self.carry_out(op);
        }
    }

    fn expire(&mut self) {
        while let Some(key) = self.pings.take_expired(self.now) {
            self.send_ping(key);
        }
        while let Some(key) = self.pongs.take_expired(self.now) {
            let Some(seat) = seat_of(&mut self.seats, key) else { continue };
            if self.pongs.has_passed(self.now, &mut seat.pong, key) && seat.phase == Phase::Open {
                self.remove(key.slot, CloseReason::PingTimeout);
            }
        }
        while let Some(key) = self.stalls.take_expired(self.now) {
            let Some(seat) = seat_of(&mut self.seats, key) else { continue };
            if self.stalls.has_passed(self.now, &mut seat.stall, key) {
                self.remove_slow(key.slot, SlowConsumer::Time);
            }
        }
        while let Some(key) = self.letting_go.take_expired(self.now) {
            self.let_go(key);
        }
        while let Some(key) = self.closings.take_expired(self.now) {
            if let Some(seat) = self.seat(key) {
                let (Phase::Closing(reason) | Phase::Finished(reason)) = seat.phase else {
                    continue;
                };
                self.remove(key.slot, reason);
            }
        }
    }

    fn send_ping(&mut self, key: SessionKey) {
        let Some(seat) = seat_of(&mut self.seats, key) else { return };
        if seat.phase != Phase::Open {
            return;
        }
        seat.heartbeat = Heartbeat::AwaitingPong;
        seat.outbox.rest();
        if !seat.paused {
            self.pongs.set(self.now, &mut seat.pong, key);
        }
        let ping = self.ping.clone();
        self.append(key.slot, &ping, Delivery::Reliable);
    }

    /// The seat of a session that is still here.
    fn seat(&mut self, key: SessionKey) -> Option<&mut Seat> {
        seat_of(&mut self.seats, key)
    }
}

/// The same, while other parts of the shard are used.
fn seat_of(seats: &mut [Option<Seat>], key: SessionKey) -> Option<&mut Seat> {
    let seat = seats.get_mut(key.slot as usize)?.as_mut()?;
    (seat.session.key() == key).then_some(seat)
}
