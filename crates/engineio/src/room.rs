//! Whom a broadcast reaches: scopes, rooms, and how its packet may be treated.

use std::sync::Arc;

use crate::{Packet, SessionKey};

/// A group of rooms that a session enters and leaves as a whole. Socket.IO's namespaces are
/// scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub u32);

/// The name of a room inside a scope.
pub type RoomName = Arc<str>;

/// What becomes of a packet when the outbox that it should enter is full, or still holds others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Delivered in order, or the transport is closed as a slow consumer.
    Reliable,
    /// Dropped for sessions whose outbox is past its bound.
    Volatile,
    /// Replaces an older packet of the same key that still waits; never counted against the bound.
    Latest(LatestKey),
}

/// Tells apart the kinds of packets of which only the newest matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LatestKey(pub u32);

/// One packet for many sessions: plain data, so that a cluster can carry it.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// Only sessions that have entered this scope are reached.
    pub scope: Scope,
    /// The rooms that are reached; empty for everyone in the scope. A session in several of them
    /// gets one copy.
    pub rooms: Vec<RoomName>,
    /// Sessions in these rooms are left out.
    pub except_rooms: Vec<RoomName>,
    /// This session is left out.
    pub except_session: Option<SessionKey>,
    /// What is sent.
    pub packet: Packet,
    /// How it may be treated.
    pub delivery: Delivery,
}
