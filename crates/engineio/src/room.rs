//! Whom an operation reaches: scopes, rooms, and how its packet may be treated.

use std::sync::Arc;

use crate::Packet;

/// A group of rooms that a session enters and leaves as a whole. Socket.IO's namespaces are
/// scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub u64);

/// The name of a room inside a scope.
pub type RoomName = Arc<str>;

/// A place in the one order of those broadcasts and packets that whoever sends them counts, so
/// that what a session has missed can be told. Given out in ascending order, from 1 on, to
/// operations in the order in which they are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// What becomes of a packet when the transport takes nothing, or the outbox is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Delivered in order, or the transport is closed as a slow consumer.
    Reliable,
    /// Dropped for sessions whose transport is not writable when it would be written: a WebSocket
    /// that has not yet taken everything before, polling without a request that waits, or an
    /// upgrade under way. It never waits, and never makes anyone slow.
    Volatile,
    /// Replaces an older packet of the same key that still waits; never counted against the bound.
    Latest(LatestKey),
}

/// Tells apart the kinds of packets of which only the newest matters. `u32::MAX` is the engine's
/// own: answers to the pings of WebSockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LatestKey(pub u32);

/// Which sessions: those that have entered the scope and are in one of the rooms, or everyone in
/// the scope if no room is named, but nobody who is in an excepted room. Plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Only sessions that have entered this scope.
    pub scope: Scope,
    /// The rooms; empty for everyone in the scope. A session in several of them counts once.
    pub rooms: Vec<RoomName>,
    /// Sessions in these rooms are left out.
    pub except_rooms: Vec<RoomName>,
}

/// One packet for many sessions.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// Who gets it, one copy each.
    pub to: Selection,
    /// What is sent.
    pub packet: Packet,
    /// How it may be treated.
    pub delivery: Delivery,
    /// Its place, if it is counted.
    pub position: Option<Position>,
}

/// What changes for many sessions at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomChange {
    /// They join these rooms.
    Join(Vec<RoomName>),
    /// They leave these rooms.
    Leave(Vec<RoomName>),
}
