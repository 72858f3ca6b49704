//! `leave-room`: a user is a member of a room no more.

use socketio::Socket;

use super::Channel;
use super::address::Address;
use super::join_room::{RoomState, WhichRoom, state};
use crate::code::Code;
use crate::events::{ClientEvent, Handle, Limit, Problem};
use crate::messages::Gateway;
use crate::sessions::Client;

/// The event `leave-room`.
pub(crate) struct LeaveRoom;

impl ClientEvent for LeaveRoom {
    const NAME: &'static str = "leave-room";
    const ABOUT: &'static str = "Makes the user a member of a room no more, with all of their \
        connections. Having been none is no error.";
    const LIMIT: Limit = Limit::Requests;
    type Payload<'a> = WhichRoom<'a>;
    type Answer = RoomState;
}

impl Handle for LeaveRoom {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        WhichRoom { room }: WhichRoom<'a>,
    ) -> Result<RoomState, Problem> {
        let address = Address::read(room.as_str(), &socket.data().user(), Some(socket.id()))?;
        let Address::Channel(Channel::Named(name)) = &address else {
            return Err(Problem::new(Code::Forbidden, "nobody leaves this room"));
        };
        let answer = state(gateway, &room, &address).await?;
        gateway.conversations().members().leave(socket, name).await?;
        Ok(answer)
    }
}
