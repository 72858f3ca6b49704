//! The seam to the protocol above: what an engine calls.

use std::task::{Context, Poll};

use crate::{CloseReason, Handshake, Membership, Message, Session};

/// What runs on top of an engine; it makes one [`Connection`] for each session.
pub trait Application: Send + Sync + 'static {
    /// The state that belongs to one session.
    type Connection: Connection;

    /// A session was opened. Called on the session's task; must not block.
    fn connect(&self, session: Session, handshake: Handshake) -> Self::Connection;
}

/// One session, as the protocol above sees it. All calls come from the one task that owns the
/// session, so there is no race between them.
pub trait Connection: Send + Unpin + 'static {
    /// A message arrived. Called in the order of arrival, never after [`on_close`](Self::on_close),
    /// and only after [`wants_input`](Self::wants_input) said so. Must not block.
    fn on_message(&mut self, message: Message);

    /// Whether another message may be handed over now. While it is `false` the socket is not read
    /// and the session's pong deadline is suspended. Asked again after each call to
    /// [`poll`](Self::poll).
    fn wants_input(&self) -> bool;

    /// Drives whatever the connection has started. `Ready` means that nothing is left to do until
    /// the next message; after `on_close` it means that the connection can be dropped. While it is
    /// `Pending` a waker has been registered.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// The session has ended; nothing that is sent to it will be delivered. Called exactly once.
    /// `poll` is called from now on until it is `Ready`.
    fn on_close(&mut self, reason: CloseReason);

    /// Nothing is left of the session where packets go out, and what it was in, it left here.
    /// Called after [`on_close`](Self::on_close), at most once: a shutdown that cannot wait skips
    /// it. Must not block.
    fn on_removed(&mut self, _left: Vec<Membership>) {}
}
