//! One session: what the protocol above holds of it, and what its tasks share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::oneshot;

use crate::hub::{Hub, Share};
use crate::inbox::Inbox;
use crate::shard::{Op, ShardQueue, Slot};
use crate::{CloseReason, Delivery, Entry, Packet, Position, RoomName, Scope};

/// The secret that names a session on the wire: 128 random bits. Who knows it can speak for the
/// session, so it is never shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// A new id from the operating system's randomness.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, without which nothing here is safe.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(bytes)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == bytes.len()).then_some(Self(bytes))
    }

    /// The id as clients see it: 22 characters.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(secret)")
    }
}

/// The address of a session inside this process. It is never given to another session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    pub(crate) shard: u16,
    pub(crate) slot: Slot,
    pub(crate) generation: u32,
}

/// How a session's packets travel at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// HTTP long-polling.
    Polling,
    /// WebSocket.
    WebSocket,
}

/// A handle of one session, cheap to clone. Whatever is done through it after the session has
/// ended does nothing.
#[derive(Debug, Clone)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: SessionId,
    key: SessionKey,
    hub: Hub,
    inbox: Inbox,
    websocket: AtomicBool,
    paused: AtomicBool,
}

impl Session {
    pub(crate) fn new(hub: Hub, key: SessionKey, transport: TransportKind) -> Self {
        Self(Arc::new(Inner {
            id: SessionId::random(),
            key,
            hub,
            inbox: Inbox::default(),
            websocket: AtomicBool::new(transport == TransportKind::WebSocket),
            paused: AtomicBool::new(false),
        }))
    }

    /// The session's address inside this process.
    pub fn key(&self) -> SessionKey {
        self.0.key
    }

    /// The hub that carries what is sent to it.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// How its packets travel at the moment.
    pub fn transport(&self) -> TransportKind {
        if self.0.websocket.load(Ordering::Acquire) {
            TransportKind::WebSocket
        } else {
            TransportKind::Polling
        }
    }

    /// Whether it has not ended yet.
    pub fn is_open(&self) -> bool {
        !self.0.inbox.is_closed()
    }

    /// Whether nothing is read from it at the moment because its connection wants no input.
    pub fn is_paused(&self) -> bool {
        self.0.paused.load(Ordering::Acquire)
    }

    /// Sends one packet. Never waits.
    pub fn send(&self, share: Share, packet: Packet, delivery: Delivery) {
        self.send_counted(share, packet, delivery, None);
    }

    /// Sends one packet that has a place in the order of what is counted.
    pub fn send_counted(
        &self,
        share: Share,
        packet: Packet,
        delivery: Delivery,
        position: Option<Position>,
    ) {
        self.push(Op::Send { key: self.key(), packet, delivery, position, _share: Some(share) });
    }

    /// Sends packets and then enters a scope and rooms of it, in one step: the session gets what is
    /// broadcast to them from then on.
    pub fn enter(&self, share: Share, entry: Entry, packets: Vec<Packet>) {
        self.push(Op::Enter { key: self.key(), entry, packets, _share: share });
    }

    /// Joins rooms of a scope that it has entered; otherwise nothing happens.
    pub fn join(&self, share: Share, scope: Scope, rooms: Vec<RoomName>) {
        self.push(Op::Join { key: self.key(), scope, rooms, _share: share });
    }

    /// Leaves rooms.
    pub fn leave(&self, share: Share, scope: Scope, rooms: Vec<RoomName>) {
        self.push(Op::Leave { key: self.key(), scope, rooms, _share: share });
    }

    /// Leaves a scope and all its rooms; the packet, if there is one, is sent last. Meant to be
    /// called once for each scope, which is why it needs no share.
    pub fn exit(&self, scope: Scope, packet: Option<Packet>) {
        self.push(Op::Exit { key: self.key(), scope, packet });
    }

    /// Ends the session. It leaves everything at once; what was sent before may still be taken by
    /// the client for [`Config::close_timeout`](crate::Config::close_timeout), then the transport
    /// is closed. What the client sends meanwhile is dropped.
    pub fn close(&self, reason: CloseReason) {
        self.close_with(reason, 1000);
    }

    /// Has the session's connection polled again.
    pub fn wake(&self) {
        self.0.inbox.wake();
    }

    /// Like [`close`](Self::close), with the status code of the WebSocket close frame.
    pub(crate) fn close_with(&self, reason: CloseReason, code: u16) {
        if self.0.inbox.close(reason) {
            self.push(Op::Close { key: self.key(), reason, code });
        }
    }

    /// Pings the client out of turn and waits, for as long as it takes, until it answers (`true`) or
    /// the session has ended (`false`). A client that is deliberately not read cannot be asked: it
    /// counts as one that answers. The share carries no bytes; whoever measures the time of the
    /// client reserves it before.
    pub async fn probe(&self, share: Share) -> bool {
        if self.is_paused() {
            return true;
        }
        let (answer, answered) = oneshot::channel();
        self.push(Op::Ask { key: self.key(), answer, _share: share });
        answered.await.is_ok()
    }

    /// Ends the session at once, because the client has gone or must not be waited for: nothing
    /// more is sent.
    pub fn gone(&self, reason: CloseReason) {
        self.0.inbox.close(reason);
        self.push(Op::Gone { key: self.key(), reason });
    }

    pub(crate) fn id(&self) -> &SessionId {
        &self.0.id
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.0.inbox
    }

    pub(crate) fn set_websocket(&self) {
        self.0.websocket.store(true, Ordering::Release);
    }

    /// Tells the shard that nothing is read (or that reading goes on), so that it suspends the
    /// deadline of the pong.
    pub(crate) fn set_paused(&self, paused: bool) {
        if self.0.paused.swap(paused, Ordering::AcqRel) != paused {
            self.hub().observed().tell(|observer| {
                if paused {
                    observer.reading_stopped(self.key());
                } else {
                    observer.reading_resumed(self.key());
                }
            });
            self.push(Op::Pause { key: self.key(), paused });
        }
    }

    pub(crate) fn push(&self, op: Op) {
        self.queue().push(op);
    }

    pub(crate) fn queue(&self) -> &Arc<ShardQueue> {
        self.0.hub.shard(self.0.key.shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_22_characters_and_never_shown() {
        let id = SessionId::random();
        let text = id.encode();
        assert_eq!(text.len(), 22);
        assert_eq!(SessionId::parse(&text), Some(id.clone()));
        assert!(!format!("{id:?}").contains(&text));
        for wrong in ["", "abc", "../../../../etc/passwd", &"A".repeat(23), &"A".repeat(500)] {
            assert_eq!(SessionId::parse(wrong), None, "{wrong:?}");
        }
    }
}
