//! Sockets as others see them.

use std::fmt;
use std::sync::Arc;

use engineio::{Handshake, RoomName};

use crate::socket::{Socket, SocketInner};
use crate::socket_id::SocketId;

/// A socket that was found by [`Operator::fetch_sockets`](crate::Operator::fetch_sockets), as it
/// was at that moment. To do something to it, address the room of its id.
#[derive(Clone)]
pub struct RemoteSocket {
    id: SocketId,
    rooms: Vec<RoomName>,
    handshake: Arc<Handshake>,
    here: Option<Arc<SocketInner>>,
}

impl RemoteSocket {
    /// A socket of another node, as that described it.
    pub fn elsewhere(id: SocketId, rooms: Vec<RoomName>, handshake: Handshake) -> Self {
        Self { id, rooms, handshake: Arc::new(handshake), here: None }
    }

    pub(crate) fn here(socket: Arc<SocketInner>, rooms: Vec<RoomName>) -> Self {
        let (id, handshake) = (socket.id.clone(), socket.request.handshake.clone());
        Self { id, rooms, handshake, here: Some(socket) }
    }

    /// The public id, which is also the name of a room that the socket is in.
    pub fn id(&self) -> &SocketId {
        &self.id
    }

    /// The rooms that it is in, that of its own id included.
    pub fn rooms(&self) -> &[RoomName] {
        &self.rooms
    }

    /// The request that opened its session.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The socket itself, if it is one of this process and `D` is the type of its data.
    pub fn local<D: Send + Sync + 'static>(&self) -> Option<Socket<D>> {
        Socket::try_new(self.here.as_ref()?)
    }
}

impl fmt::Debug for RemoteSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut socket = f.debug_struct("RemoteSocket");
        socket.field("id", &self.id).field("rooms", &self.rooms).finish_non_exhaustive()
    }
}
