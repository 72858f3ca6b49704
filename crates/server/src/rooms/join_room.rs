//! `join-room`: a user becomes a member of a room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::Socket;

use super::address::{Address, RoomText};
use super::{Channel, Denied};
use crate::code::Code;
use crate::events::{ClientEvent, Handle, Limit, Problem};
use crate::messages::Gateway;
use crate::sessions::Client;

/// The event `join-room`.
pub(crate) struct JoinRoom;

/// Which room.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "WhichRoom")]
pub(crate) struct WhichRoom<'a> {
    /// Its name.
    #[serde(borrow)]
    pub(super) room: RoomText<'a>,
}

/// Where a room stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomState {
    pub(super) room: String,
    /// The number of the last message; 0 if there is none.
    pub(super) last_seq: u64,
}

impl ClientEvent for JoinRoom {
    const NAME: &'static str = "join-room";
    const ABOUT: &'static str = "Makes the user a member of a room: all of their connections get what \
        is said there, those to come included, until they leave it. Being one already is no error.";
    const LIMIT: Limit = Limit::Requests;
    type Payload<'a> = WhichRoom<'a>;
    type Answer = RoomState;
}

impl Handle for JoinRoom {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        WhichRoom { room }: WhichRoom<'a>,
    ) -> Result<RoomState, Problem> {
        let address = Address::read(room.as_str(), &socket.data().user(), Some(socket.id()))?;
        let members = gateway.conversations().members();
        if let Address::Channel(channel) = &address {
            match channel {
                Channel::Named(name) if is_other_socket(socket, name.as_str()).await => {
                    let message = "this room is somebody else's own";
                    return Err(Problem::new(Code::Forbidden, message));
                }
                Channel::Named(name) => members.join(socket, name).await?,
                Channel::Direct(pair) if !pair.contains(socket.data().user_id()) => {
                    return Err(Denied::NotOne.into());
                }
                Channel::Lobby | Channel::Direct(_) => {}
            }
        }
        state(gateway, &room, &address).await
    }
}

/// Whether this is the id of a socket that is connected.
async fn is_other_socket(socket: &Socket<Client>, name: &str) -> bool {
    if name.len() != socket.id().as_str().len() {
        return false;
    }
    // Where it cannot be told, no harm is done: the room of that name is not the socket's own.
    socket.namespace().to(name).count().await.is_ok_and(|sockets| sockets > 0)
}

/// Where a room stands.
pub(super) async fn state(
    gateway: &Gateway,
    room: &RoomText<'_>,
    address: &Address,
) -> Result<RoomState, Problem> {
    let (room, last_seq) = match address {
        Address::Own => (room.as_str().to_owned(), 0),
        Address::Channel(channel) => {
            let last_seq = gateway.conversations().last_seq(channel).await;
            (channel.name().into_owned(), last_seq.map_err(Denied::Unavailable)?)
        }
    };
    Ok(RoomState { room, last_seq })
}
