//! The seam at which everything that concerns many sockets leaves, so that a cluster can carry it
//! further: [`Adapter`] is the contract, [`Local`] the adapter of one process.
//!
//! An adapter for a cluster is made around [`Local`]
//! ([`Builder::adapter`](crate::Builder::adapter)), through which it carries out what concerns the
//! sockets of its own process, and sends what it is handed to the other nodes as well. All of it is
//! plain data: [`Selection`], [`RoomChange`], [`Delivery`], [`Progress`], and of an event its name
//! and arguments ([`Draft::parts`], made an event again by [`Local::event`]). `conformance`, behind
//! the feature of this name, holds an adapter against the contract.

mod answers;
#[cfg(feature = "conformance")]
pub mod conformance;
mod local;

use std::sync::Arc;
use std::time::Duration;

pub use engineio::{Delivery, LatestKey, RoomChange, RoomName, Share};

pub(crate) use self::answers::{AckIds, OpenAnswers};
pub use self::answers::{Answers, Progress};
pub use self::local::Local;
pub(crate) use self::local::LocalNamespace;
pub use crate::encode::Draft;
use crate::handler::BoxFuture;
use crate::remote_socket::RemoteSocket;

/// Which sockets: those of the namespace that are in one of the rooms, or all of the namespace if
/// no room is named, but none that is in an excepted room. Plain data, which can be encoded and
/// carried to other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The namespace, with its slash.
    pub namespace: Arc<str>,
    /// The rooms; empty for everyone in the namespace. A socket in several of them counts once.
    /// Every socket is in the room of its own id, wherever it is.
    pub rooms: Vec<RoomName>,
    /// Sockets in these rooms are left out; so is the sender of a broadcast, by its own room.
    pub except_rooms: Vec<RoomName>,
}

/// One event for many sockets: plain data as well.
#[derive(Debug, Clone)]
pub struct Broadcasting {
    /// Who gets it, one copy each.
    pub to: Selection,
    /// What becomes of it when a socket's outbox is full.
    pub delivery: Delivery,
    /// What is sent.
    pub event: Draft,
}

/// Other nodes could not be reached, or did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the adapter cannot reach all nodes: {0}")]
pub struct AdapterError(pub Box<dyn std::error::Error + Send + Sync>);

/// Carries what concerns many sockets to where they are: to those of this process, which
/// [`Local`] knows, and to those of other nodes, if there are any. One adapter serves all
/// namespaces of a server.
///
/// # Guarantee
/// Each selected socket gets a broadcast once, or its transport is closed; [`Delivery`] says when
/// it may be dropped instead. A socket is selected by the rooms that it is in at the moment at
/// which its own node carries the operation out. Sockets of other nodes may miss it while their
/// node cannot be reached, or the way to it is full. A namespace that a node does not have has no
/// sockets there.
///
/// # Order
/// Operations that are handed over one after another on one node take effect on each socket in this
/// order, whatever their kind: an event that follows a [`RoomChange`] is sent to those who are in the
/// room then. [`broadcast`](Self::broadcast), [`broadcast_with_ack`](Self::broadcast_with_ack) and
/// [`change_rooms`](Self::change_rooms) are handed over when they are called, the others when their
/// future is first polled. Of two broadcasts that two sockets of one node get both, both get the
/// same one first, wherever the broadcasts come from; sockets of different nodes may get them in
/// different orders, unless both come from the same node.
///
/// # Failure
/// [`broadcast`](Self::broadcast) and [`change_rooms`](Self::change_rooms) have none to report.
/// They are called under locks of the application and must neither wait nor fail: an adapter that
/// has to send something elsewhere queues it, bounded, and carries it out here whatever becomes of
/// the others. It may hold [half of the share](Share::halve) until it has sent it, so that whoever
/// emits waits for a slow way, but not for one that is broken.
///
/// The questions fail when a node that counts as one of the cluster does not answer in the time that
/// the adapter allows, rather than to pass a part off as the whole. What could be carried out was
/// carried out then.
pub trait Adapter: Send + Sync + 'static {
    /// Sends one event, for which `share` was reserved.
    fn broadcast(&self, share: Share, operation: Broadcasting);

    /// The same, with an ack: the adapter [records](Answers::record) in `answers` which sockets the
    /// event was sent to, and then what each of them answered, or that it has gone. The future ends
    /// when no more answers can come. If it ends in an error, the answers that came count
    /// nevertheless.
    ///
    /// After `within` whoever asked drops the future, and no answer counts any more. It is told so
    /// that other nodes gather no longer than that.
    fn broadcast_with_ack(
        &self,
        share: Share,
        operation: Broadcasting,
        within: Duration,
        answers: Answers,
    ) -> BoxFuture<Result<(), AdapterError>>;

    /// Has sockets join or leave rooms.
    fn change_rooms(&self, share: Share, sockets: Selection, change: RoomChange);

    /// Ends sockets, as [`Socket::disconnect`](crate::Socket::disconnect) does.
    fn disconnect(&self, sockets: Selection, close: bool) -> BoxFuture<Result<(), AdapterError>>;

    /// The sockets and the rooms that they are in.
    fn fetch(&self, sockets: Selection) -> BoxFuture<Result<Vec<RemoteSocket>, AdapterError>>;

    /// The number of sockets.
    fn count(&self, sockets: Selection) -> BoxFuture<Result<usize, AdapterError>>;

    /// Ends what the adapter has started, and tells other nodes that this one leaves. Called once,
    /// by [`SocketIo::shutdown`](crate::SocketIo::shutdown), when all sessions have ended; dropped
    /// at its deadline.
    fn shutdown(&self) -> BoxFuture<()> {
        Box::pin(async {})
    }
}
