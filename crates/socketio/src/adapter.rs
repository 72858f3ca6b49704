//! The seam at which broadcasts leave for the sockets, so that a cluster can carry them further.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use engineio::{Broadcast, Delivery, Hub, Packet, RoomName, Scope, Share};

/// One packet for many sockets: plain data, which can be encoded and carried to other nodes.
#[derive(Debug, Clone)]
pub struct Broadcasting {
    /// The namespace, with its slash.
    pub namespace: Arc<str>,
    /// The rooms that are reached; empty for everyone in the namespace. A socket in several of
    /// them gets one copy. Every socket is in the room of its own id, wherever it is.
    pub rooms: Vec<RoomName>,
    /// Sockets in these rooms are left out; so is the sender of a broadcast, by its own room.
    pub except_rooms: Vec<RoomName>,
    /// What becomes of the packet when a socket's outbox is full.
    pub delivery: Delivery,
    /// The encoded packet with its attachments ([`Packet::messages`]).
    pub packet: Packet,
}

/// Carries broadcasts to the sockets that they are for.
///
/// * Guarantee: each socket that is in one of the rooms and in none of the excepted ones, at the
///   moment at which its own node carries the operation out, gets the packet once, or its transport
///   is closed; [`Delivery`] says when it may be dropped instead. Sockets of other nodes may miss it
///   while their node cannot be reached.
/// * Order: operations that are handed over one after another reach each socket in this order,
///   and of two that two sockets get both, both get the same one first on one node.
/// * Failure: there is none to report. `broadcast` is called under locks of the application; it
///   must neither wait nor fail. An adapter that has to send something elsewhere queues it,
///   bounded, and delivers to its own sockets whatever becomes of the others.
pub trait Adapter: Send + Sync + 'static {
    /// Carries out one operation, for which `share` was reserved.
    fn broadcast(&self, share: Share, operation: Broadcasting);
}

/// The adapter of this process alone. Other adapters deliver through it what they have carried
/// here. Cheap to clone.
#[derive(Clone)]
pub struct Local {
    hub: Hub,
    scopes: Arc<HashMap<Arc<str>, Scope>>,
}

impl Local {
    pub(crate) fn new(hub: Hub, scopes: HashMap<Arc<str>, Scope>) -> Self {
        Self { hub, scopes: Arc::new(scopes) }
    }

    /// Waits for room for a packet of `bytes`.
    pub async fn reserve(&self, bytes: usize) -> Share {
        self.hub.reserve(bytes).await
    }
}

impl Adapter for Local {
    fn broadcast(&self, share: Share, operation: Broadcasting) {
        // A namespace that only other nodes have has no sockets here.
        let Some(&scope) = self.scopes.get(&operation.namespace) else { return };
        let Broadcasting { rooms, except_rooms, delivery, packet, .. } = operation;
        let broadcast =
            Broadcast { scope, rooms, except_rooms, except_session: None, packet, delivery };
        self.hub.broadcast(share, broadcast);
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("namespaces", &self.scopes.keys()).finish_non_exhaustive()
    }
}
