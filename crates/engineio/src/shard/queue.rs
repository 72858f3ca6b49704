//! The one way into a shard.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};

use crate::hub::{Announced, Inquiry, Share};
use crate::reader::Reader;
use crate::session::{Session, SessionKey};
use crate::shard::Slot;
use crate::transport::Transport;
use crate::{
    CloseReason, Delivery, Entry, Packet, Position, RoomChange, RoomName, Scope, Selection,
};

/// Everything that can be done to the sessions of a shard. Operations on one session take effect
/// in the order in which they were pushed.
#[derive(Debug)]
pub(crate) enum Op {
    /// A session was opened: over WebSocket, or (`None`) over polling.
    Open {
        session: Session,
        transport: Option<Arc<Transport>>,
    },
    Send {
        key: SessionKey,
        packet: Packet,
        delivery: Delivery,
        position: Option<Position>,
        _share: Option<Share>,
    },
    /// The share is given back when the last shard has dropped the operation.
    Broadcast(Arc<Announced>),
    /// Sessions join or leave rooms.
    Change(Arc<(Selection, RoomChange, Option<Position>, Share)>),
    /// Who is there?
    Inquire(Arc<(Selection, Inquiry, Share)>),
    /// The packets go out first.
    Enter {
        key: SessionKey,
        entry: Entry,
        packets: Vec<Packet>,
        _share: Share,
    },
    Join {
        key: SessionKey,
        scope: Scope,
        rooms: Vec<RoomName>,
        _share: Share,
    },
    Leave {
        key: SessionKey,
        scope: Scope,
        rooms: Vec<RoomName>,
        _share: Share,
    },
    Exit {
        key: SessionKey,
        scope: Scope,
        packet: Option<Packet>,
    },
    /// The server ends the session; what waits is still delivered.
    Close {
        key: SessionKey,
        reason: CloseReason,
        code: u16,
    },
    /// The client has gone.
    Gone {
        key: SessionKey,
        reason: CloseReason,
    },
    /// A long-polling request waits for packets.
    Poll {
        key: SessionKey,
        reply: oneshot::Sender<PollReply>,
    },
    /// The client has given up such a request; what it was answered may be lost.
    PollAborted {
        key: SessionKey,
    },
    /// A WebSocket wants to take over from polling.
    Probe {
        key: SessionKey,
        candidate: Arc<Transport>,
    },
    Upgrade {
        key: SessionKey,
        reader: Box<Reader>,
    },
    ProbeFailed {
        key: SessionKey,
        candidate: Arc<Transport>,
    },
    /// Is the client there? It is pinged, and its next pong is the answer.
    Ask {
        key: SessionKey,
        answer: oneshot::Sender<()>,
        _share: Share,
    },
    Pong {
        key: SessionKey,
    },
    /// The client has sent a ping frame.
    AnswerPing {
        key: SessionKey,
        pong: Packet,
        _share: Share,
    },
    Pause {
        key: SessionKey,
        paused: bool,
    },
    /// The transport takes bytes again.
    Writable {
        key: SessionKey,
    },
    /// Close every session and end when the last has gone.
    Shutdown,
    /// End now.
    Abort,
}

/// The answer to a long-polling request.
#[derive(Debug)]
pub(crate) enum PollReply {
    Payload(Bytes),
    /// The session does not poll, or is polled already.
    Refused,
}

/// The operations that wait for a shard. Their number is bounded by those who push: what an
/// application sends has a [`Share`], and everything else happens at most a few times at once for
/// each session.
#[derive(Debug, Default)]
pub(crate) struct ShardQueue {
    state: Mutex<State>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct State {
    ops: Vec<Op>,
    /// How often each slot was given out.
    generations: Vec<u32>,
    free: Vec<Slot>,
    /// The shard has ended; what is pushed is dropped.
    closed: bool,
}

impl ShardQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, op: Op) {
        let mut state = self.lock();
        if state.closed {
            // The lock goes first: what is dropped may push in turn.
            return drop(state);
        }
        let first = state.ops.is_empty();
        state.ops.push(op);
        drop(state);
        if first {
            self.pushed.notify_one();
        }
    }

    /// Exchanges what waits for the empty `taken`.
    pub(super) fn take(&self, taken: &mut Vec<Op>) {
        std::mem::swap(&mut self.lock().ops, taken);
    }

    /// Drops what waits and whatever comes, so that nobody waits for it in vain.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let ops = std::mem::take(&mut state.ops);
        drop(state);
        drop(ops);
    }

    pub(super) async fn wait(&self) {
        self.pushed.notified().await;
    }

    /// A place for a new session: slot and generation.
    pub(crate) fn allocate(&self) -> (Slot, u32) {
        let mut state = self.lock();
        let slot = state.free.pop().unwrap_or_else(|| {
            state.generations.push(0);
            Slot::try_from(state.generations.len() - 1).expect("fewer than 2^32 sessions")
        });
        (slot, state.generations[slot as usize])
    }

    /// Gives a place back.
    pub(super) fn release(&self, slot: Slot) {
        let mut state = self.lock();
        let generation = &mut state.generations[slot as usize];
        *generation = generation.wrapping_add(1);
        state.free.push(slot);
    }
}
