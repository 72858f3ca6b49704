//! What a shard holds of one session.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::queue::PollReply;
use crate::deadlines::Due;
use crate::outbox::Outbox;
use crate::room_index::Memberships;
use crate::session::Session;
use crate::transport::Transport;
use crate::{CloseReason, Packet};

/// One session in its shard.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) session: Session,
    pub(super) link: Link,
    pub(super) outbox: Outbox,
    pub(super) memberships: Memberships,
    pub(super) phase: Phase,
    pub(super) heartbeat: Heartbeat,
    /// By when a pong must come.
    pub(super) pong: Due,
    /// By when its transport must take something.
    pub(super) stall: Due,
    /// The last broadcast that reached it or left it out.
    pub(super) mark: u32,
    pub(super) flow: Flow,
    /// It waits to be flushed.
    pub(super) dirty: bool,
    /// Nothing is read from it, so it cannot be blamed for a missing pong.
    pub(super) paused: bool,
}

/// How packets get to the client.
#[derive(Debug)]
pub(super) enum Link {
    Polling {
        /// The request that waits for packets.
        poll: Option<oneshot::Sender<PollReply>>,
        /// The WebSocket that is about to take over.
        candidate: Option<Arc<Transport>>,
    },
    WebSocket(Arc<Transport>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// The last packets are on their way; nothing is added.
    Closing(CloseReason),
    /// All was sent; only the client's own end is awaited.
    Finished(CloseReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heartbeat {
    Resting,
    AwaitingPong,
}

/// Whether the transport takes what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Free,
    /// It takes nothing; its waker will tell when it does.
    Blocked,
    /// It was blocked, and may take bytes again.
    Retrying,
}

impl Seat {
    pub(super) fn new(session: Session, transport: Option<Arc<Transport>>) -> Self {
        Self {
            session,
            link: match transport {
                Some(transport) => Link::WebSocket(transport),
                None => Link::Polling { poll: None, candidate: None },
            },
            outbox: Outbox::default(),
            memberships: Memberships::default(),
            phase: Phase::Open,
            heartbeat: Heartbeat::Resting,
            pong: Due::default(),
            stall: Due::default(),
            mark: 0,
            flow: Flow::Free,
            dirty: false,
            paused: false,
        }
    }

    /// The length of a packet on this session's wire.
    pub(super) fn wire_length(&self, packet: &Packet) -> usize {
        match self.link {
            Link::Polling { .. } => packet.polling().len(),
            Link::WebSocket(_) => packet.websocket().len(),
        }
    }

    /// Whether what is appended now would be on its way by the end of this turn: a WebSocket that
    /// took everything before, or a request that waits while no upgrade is under way.
    pub(super) fn is_writable(&self) -> bool {
        match &self.link {
            Link::Polling { poll, candidate } => poll.is_some() && candidate.is_none(),
            Link::WebSocket(_) => self.flow == Flow::Free,
        }
    }

    /// Answers the request that waits, if there is one. Says whether it was still there.
    pub(super) fn answer_poll(&mut self, text: &'static str) -> bool {
        let payload = bytes::Bytes::from_static(text.as_bytes());
        self.reply_to_poll(PollReply::Payload(payload))
    }

    /// Refuses the request that waits, if there is one. Says whether it was still there.
    pub(super) fn refuse_poll(&mut self) -> bool {
        self.reply_to_poll(PollReply::Refused)
    }

    fn reply_to_poll(&mut self, reply: PollReply) -> bool {
        let Link::Polling { poll, .. } = &mut self.link else {
            return true;
        };
        poll.take().is_none_or(|poll| poll.send(reply).is_ok())
    }

    /// Ends its transports, whoever else holds them.
    pub(super) fn shut_transports(&self) {
        match &self.link {
            Link::WebSocket(transport) => transport.shutdown(),
            Link::Polling { candidate: Some(candidate), .. } => candidate.shutdown(),
            Link::Polling { .. } => {}
        }
    }
}
