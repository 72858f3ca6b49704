//! `leave-room`: a user is a member of a room no more.

use socketio::Socket;

use super::address::Address;
use super::join_room::{RoomState, WhichRoom, state};
use super::{Access, Channel};
use crate::code::Code;
use crate::events::{ClientEvent, Handle, Limit, Problem};
use crate::messages::Gateway;
use crate::sessions::Client;

/// The event `leave-room`.
pub(crate) struct LeaveRoom;

impl ClientEvent for LeaveRoom {
    const NAME: &'static str = "leave-room";
    const ABOUT: &'static str = "Makes the user a member of a room no more, with all of their \
        connections. Having been none is no error; `lastSeq` is 0 then.";
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
        let user = socket.data().user();
        let address = Address::read(room.as_str(), &user, Some(socket.id()))?;
        let Address::Channel(Channel::Named(name)) = &address else {
            return Err(Problem::new(Code::Forbidden, "nobody leaves this room"));
        };
        let members = gateway.conversations().members();
        let channel = Channel::Named(name.clone());
        // Where somebody has not been, or may be no more, what was said is none of their business.
        let answer = match members.check(&user, &channel, Access::Read).await {
            Ok(()) => state(gateway, &room, &address).await?,
            Err(_) => RoomState { room: name.to_string(), last_seq: 0 },
        };
        members.leave(socket, name).await?;
        Ok(answer)
    }
}
