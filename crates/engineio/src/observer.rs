//! What an engine lets others see of itself: its sessions, and where it holds back.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::{CloseReason, RequestRefusal, SessionKey, TransportKind};

/// Sees what happens in an engine, to count or log it. Every method does nothing unless it is
/// implemented, and an engine without an observer pays nothing.
///
/// What concerns one session is told in the order in which it happens, `session_opened` first and
/// `session_closed` last; reading is told by another task, so that its end may come in between.
/// All is told on the engine's own tasks, which serve nobody meanwhile: a method must neither block
/// nor panic, and should do no more than add to a counter or offer to a channel.
#[expect(unused_variables, reason = "the names are for those who implement them")]
pub trait Observer: Send + Sync + 'static {
    /// A session was opened. There are at most [`Config::max_sessions`](crate::Config::max_sessions).
    fn session_opened(&self, session: SessionKey, transport: TransportKind) {}

    /// A session went over from polling to WebSocket.
    fn session_upgraded(&self, session: SessionKey) {}

    /// Nothing is left of a session, whose first reason to end was this one.
    fn session_closed(&self, session: SessionKey, reason: CloseReason) {}

    /// A client did not take what was sent to it; `session_closed` follows.
    fn slow_consumer_closed(&self, session: SessionKey, bound: SlowConsumer) {}

    /// So many volatile packets were not sent, because the transport was not writable.
    fn volatile_dropped(&self, session: SessionKey, packets: usize) {}

    /// The application takes no more messages of a session
    /// ([`Connection::wants_input`](crate::Connection::wants_input)), whose socket is not read from
    /// now on. Over polling [`Config::inbox_messages`](crate::Config::inbox_messages) may still
    /// come; then its POST waits.
    fn reading_stopped(&self, session: SessionKey) {}

    /// A session is read again. Not told of one that ends before.
    fn reading_resumed(&self, session: SessionKey) {}

    /// A request was refused: a handshake, or one of a session.
    fn request_refused(&self, refusal: &RequestRefusal, client_addr: Option<IpAddr>) {}
}

/// The bound that a slow client has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlowConsumer {
    /// [`Config::outbox_bytes`](crate::Config::outbox_bytes): so many waited when one more came.
    Bytes(usize),
    /// [`Config::write_timeout`](crate::Config::write_timeout): it took nothing for so long.
    Time,
}

/// The observer of an engine, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observed(Option<Arc<dyn Observer>>);

impl Observed {
    pub(crate) fn by(observer: impl Observer) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn tell(&self, what: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.0 {
            what(&**observer);
        }
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_observed() { "Observed" } else { "Unobserved" })
    }
}
