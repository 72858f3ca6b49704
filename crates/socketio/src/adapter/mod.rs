//! The seam at which everything that concerns many sockets leaves, so that a cluster can carry it
//! further.

mod answers;
mod local;

use std::sync::Arc;

use engineio::{Delivery, RoomName, Share};

pub use engineio::RoomChange;

pub use self::answers::Answers;
pub(crate) use self::answers::{AckIds, OpenAnswers};
pub use self::local::Local;
pub(crate) use self::local::LocalNamespace;
use crate::encode::Draft;
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
    /// The encoded event and its attachments ([`Draft::packet`]).
    pub event: Draft,
}

/// Other nodes could not be asked, or did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the adapter cannot reach all nodes: {0}")]
pub struct AdapterError(pub Box<dyn std::error::Error + Send + Sync>);

/// Carries what concerns many sockets to where they are: to those of this process, which
/// [`Local`] knows, and to those of other nodes, if there are any.
///
/// # Guarantee
/// Each selected socket gets a broadcast once, or its transport is closed; [`Delivery`] says when
/// it may be dropped instead. A socket is selected by the rooms that it is in at the moment at
/// which its own node carries the operation out. Sockets of other nodes may miss it while their
/// node cannot be reached.
///
/// # Order
/// Operations that are handed over one after another take effect on each socket in this order,
/// whatever their kind: an event that follows a [`RoomChange`] is sent to those who are in the room
/// then. Of two broadcasts that two sockets of one node get both, both get the same one first.
///
/// # Failure
/// [`broadcast`](Self::broadcast) and [`change_rooms`](Self::change_rooms) have none to report.
/// They are called under locks of the application and must neither wait nor fail: an adapter that
/// has to send something elsewhere queues it, bounded, and carries it out here whatever becomes of
/// the others. The questions fail when not all nodes answer in the time that the adapter allows,
/// rather than to pass a part off as the whole.
///
/// `socketio::conformance`, behind the feature of this name, holds any adapter against this.
pub trait Adapter: Send + Sync + 'static {
    /// Sends one event, for which `share` was reserved.
    fn broadcast(&self, share: Share, operation: Broadcasting);

    /// The same, with an ack: the adapter tells `answers` which sockets the event was sent to, and
    /// then what each of them answered, or that it has gone. The future ends when no more answers
    /// can come; whoever waits for it may drop it before.
    fn broadcast_with_ack(
        &self,
        share: Share,
        operation: Broadcasting,
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
}
