//! stub
use crate::*;
/// Secret session id (128 random bits); Debug masks it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 16]);
/// Address of a session inside this process; never reused for another session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey { pub(crate) shard: u16, pub(crate) slot: u32, pub(crate) generation: u32 }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind { Polling, WebSocket }
/// Cheap-clone handle of one session.
#[derive(Debug, Clone)]
pub struct Session(std::sync::Arc<()>);
impl Session {
    pub fn key(&self) -> SessionKey { todo!() }
    pub fn hub(&self) -> &Hub { todo!() }
    pub fn transport(&self) -> TransportKind { todo!() }
    pub fn is_open(&self) -> bool { todo!() }
    /// Whether its socket is deliberately not being read (its connection does not want input).
    pub fn is_paused(&self) -> bool { todo!() }
    /// One packet to this session. Never waits.
    pub fn send(&self, _share: Share, _packet: Packet, _delivery: Delivery) { todo!() }
    /// One operation: the packet (if any) goes out, then the session is in the scope and the rooms.
    /// From then on it gets their broadcasts.
    pub fn enter(&self, _share: Share, _scope: Scope, _rooms: Vec<RoomName>, _packet: Option<Packet>) { todo!() }
    /// Joins rooms of a scope it has entered; otherwise nothing.
    pub fn join(&self, _share: Share, _scope: Scope, _rooms: Vec<RoomName>) { todo!() }
    pub fn leave(&self, _share: Share, _scope: Scope, _rooms: Vec<RoomName>) { todo!() }
    /// Leaves the scope and all its rooms; the packet (if any) is sent last. Needs no share (once per scope).
    pub fn exit(&self, _scope: Scope, _packet: Option<Packet>) { todo!() }
    /// Leaves everything at once; takes what is already in the outbox at most `close_timeout`
    /// longer, then the transport is closed. What the client sends meanwhile is dropped.
    pub fn close(&self, _reason: CloseReason) { todo!() }
}
