//! Connection state recovery: who comes back in time gets back their socket, and what they missed.
//!
//! Events get a place in one order, whose number (the offset) is their last argument. A stock client
//! keeps the last one it got and, when it comes back, says it together with the secret name (the
//! `pid`) that its CONNECT reply gave it: <https://socket.io/docs/v4/connection-state-recovery>.
//!
//! What was sent is kept once for all ([`log`]); for whom it was follows from what each session was
//! in and since when ([`engineio::Membership`]), so that a socket gets what it would have got, no
//! more and no less.

mod log;
mod offset;
mod place;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engineio::{CloseReason, Delivery, Membership, Packet, Position, RoomChange, Scope, Selection};
use tokio::time::Instant;

use self::log::{Done, Entry, Log};
use self::offset::Epoch;
use self::place::{Claim, Places};
pub(crate) use self::place::{Detached, Pid};
use crate::encode::Draft;
use crate::socket::{AnyData, SocketInner};

/// How long to wait for a session to go whose client has come back by another one.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(2);

/// Entries of the log that are looked at under one lock.
const ENTRIES_PER_STEP: usize = 1024;

/// The bounds of connection state recovery. Past each of them a client that comes back gets a new
/// socket (`recovered` is `false`), never a part of what it missed.
#[derive(Debug, Clone)]
pub struct RecoveryBounds {
    /// How long a socket, and what was sent, is kept; 120 s, as in socket.io.
    pub max_disconnection: Duration,
    /// Memory for what was sent, of all namespaces together, in bytes; 16 MiB. The oldest goes
    /// first.
    pub log_bytes: usize,
    /// Sockets that are kept for their clients; 100,000. The oldest goes first.
    pub sockets: usize,
    /// What one client may have missed, in bytes; 512 kiB. It should be less than
    /// [`Config::outbox_bytes`](crate::Config::outbox_bytes), in which it has to wait.
    pub missed_bytes: usize,
}

impl Default for RecoveryBounds {
    fn default() -> Self {
        Self {
            max_disconnection: Duration::from_mins(2),
            log_bytes: 16 << 20,
            sockets: 100_000,
            missed_bytes: 512 << 10,
        }
    }
}

/// What was sent, and the sockets whose clients may come back.
#[derive(Debug)]
pub(crate) struct Recovery {
    bounds: RecoveryBounds,
    epoch: Epoch,
    log: Mutex<Log>,
    places: Mutex<Places>,
}

/// A socket that its client has come back for, with what it missed so far. Dropped, it waits for
/// its client again.
#[derive(Debug)]
pub(crate) struct Claimed {
    recovery: Arc<Recovery>,
    pid: Pid,
    detached: Option<Detached>,
    /// Up to where its client got everything.
    received: Position,
    /// Up to where the log was looked at.
    seen: Position,
    missed: Vec<Packet>,
    missed_bytes: usize,
}

/// What was missed cannot be told, or is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

impl Recovery {
    pub(crate) fn new(bounds: RecoveryBounds) -> Self {
        let places = Places::new(bounds.max_disconnection, bounds.sockets);
        let log = Log::new(bounds.max_disconnection, bounds.log_bytes);
        let (log, places) = (Mutex::new(log), Mutex::new(places));
        Self { bounds, epoch: Epoch::random(), log, places }
    }

    /// How long a socket, and what was sent, is kept.
    pub(crate) fn max_disconnection(&self) -> Duration {
        self.bounds.max_disconnection
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an event on by `push`, which must not wait, in the order of the offsets. A reliable one
    /// gets an offset and is kept. Another one is not; but since stock clients take any string at
    /// the end of an event for an offset, one that ends in a string gets the last offset that was
    /// given, which says the truth of those who get it.
    pub(crate) fn publish(
        &self,
        event: Draft,
        to: Selection,
        delivery: Delivery,
        push: impl FnOnce(Selection, Packet, Option<Position>),
    ) {
        if delivery == Delivery::Reliable {
            let mut log = self.log();
            let packet = event.seal(&self.epoch.offset(log.next()));
            let position = log.push(to.clone(), Done::Event(packet.clone()), Instant::now());
            push(to, packet, Some(position));
        } else if event.ends_in_string() {
            let log = self.log();
            push(to, event.seal(&self.epoch.offset(log.last())), None);
        } else {
            push(to, event.packet(), None);
        }
    }

    /// Hands a change of rooms on, in the order of the events: it counts for those who are away.
    pub(crate) fn change_rooms(
        &self,
        sockets: Selection,
        change: RoomChange,
        push: impl FnOnce(Selection, RoomChange, Position),
    ) {
        let mut log = self.log();
        let position = log.push(sockets.clone(), Done::Change(change.clone()), Instant::now());
        push(sockets, change, position);
    }

    /// Sockets are being ended: those who are away will not be recovered.
    pub(crate) fn end(&self, sockets: Selection) {
        self.log().push(sockets, Done::End, Instant::now());
    }

    /// From now on the client of a socket may come back for it.
    pub(crate) fn register(&self, pid: Pid, socket: &Arc<SocketInner>) {
        self.places().register(pid, socket.clone());
    }

    /// The socket has ended and is not to be recovered.
    pub(crate) fn forget(&self, pid: Pid) {
        let gone = self.places().forget(&pid);
        drop(gone);
    }

    /// The session of a socket has gone: from now on it waits for its client.
    pub(crate) fn detach(&self, pid: Pid, membership: Membership, socket: &SocketInner) {
        self.keep(pid, Detached::new(membership, socket, Instant::now()));
    }

    fn keep(&self, pid: Pid, detached: Detached) {
        let gone = self.places().detach(pid, detached, Instant::now());
        drop(gone);
    }

    /// Finds the socket of a client that has come back, if it is one of the same namespace and
    /// `is_the_same` says so of its data, and what it missed. If its session has not noticed yet
    /// that the client is gone, it is ended.
    pub(crate) async fn claim(
        self: &Arc<Self>,
        scope: Scope,
        pid: Pid,
        offset: Option<&str>,
        is_the_same: impl Fn(&AnyData) -> bool,
    ) -> Option<Claimed> {
        let claim = self.places().claim(pid, scope, is_the_same, Instant::now());
        let detached = match claim? {
            Claim::Detached(detached) => *detached,
            Claim::Live { session, detached } => {
                // Of one that holds no poll at the moment nobody waits for another: it is here.
                session.gone(CloseReason::TransportError);
                tokio::time::timeout(TAKEOVER_TIMEOUT, detached).await.ok()?.ok()?
            }
        };
        let membership = &detached.membership;
        let received = self.epoch.position(offset, membership.entered())?;
        let mut claimed = Claimed {
            recovery: self.clone(),
            pid,
            received,
            seen: received.min(membership.left()),
            detached: Some(detached),
            missed: Vec::new(),
            missed_bytes: 0,
        };
        loop {
            let more = claimed.catch_up(&self.log());
            match more {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => return Some(claimed),
                Err(Lost) => {
                    claimed.detached = None;
                    return None;
                }
            }
        }
    }
}

impl Claimed {
    pub(crate) fn detached(&self) -> Option<&Detached> {
        self.detached.as_ref()
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// The bytes of what was missed so far.
    pub(crate) fn missed_bytes(&self) -> usize {
        self.missed_bytes
    }

    /// Looks at some of what was sent and done. Says whether there is more.
    fn catch_up(&mut self, log: &Log) -> Result<bool, Lost> {
        let Some(Detached { membership, .. }) = &mut self.detached else { return Err(Lost) };
        if !membership.remembers(self.received) {
            return Err(Lost);
        }
        let mut entries = 0;
        for Entry { position, to, done, .. } in
            log.after(self.seen).ok_or(Lost)?.take(ENTRIES_PER_STEP)
        {
            entries += 1;
            self.seen = *position;
            let is_new_to_it = *position > membership.left();
            if !membership.was_selected(to, *position) {
                continue;
            }
            match done {
                Done::Event(packet) if *position > self.received => {
                    self.missed_bytes += packet.len();
                    self.missed.push(packet.clone());
                }
                Done::Change(change) if is_new_to_it => membership.change(change, *position),
                Done::End if is_new_to_it => return Err(Lost),
                Done::Event(_) | Done::Change(_) | Done::End => {}
            }
            if self.missed_bytes > self.recovery.bounds.missed_bytes {
                return Err(Lost);
            }
        }
        Ok(entries == ENTRIES_PER_STEP)
    }

    /// Looks at the rest of what was sent and hands everything to `go_live`, which must not wait, in
    /// one step: what is sent from now on, the socket gets by itself.
    pub(crate) fn resume(
        mut self,
        go_live: impl FnOnce(Membership, Vec<Packet>),
    ) -> Result<(), Lost> {
        let recovery = self.recovery.clone();
        let log = recovery.log();
        while self.catch_up(&log)? {}
        let detached = self.detached.take().ok_or(Lost)?;
        go_live(detached.membership, std::mem::take(&mut self.missed));
        drop(log);
        Ok(())
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        if let Some(detached) = self.detached.take() {
            self.recovery.keep(self.pid, detached);
        }
    }
}
