//! `room-members`: who is in a room.

use schemars::JsonSchema;
use serde::Serialize;
use socketio::Socket;
use utoipa::ToSchema;

use super::address::Address;
use super::join_room::WhichRoom;
use super::{Access, Channel, Denied, Member};
use crate::events::{ClientEvent, Handle, Limit, Problem};
use crate::messages::Gateway;
use crate::sessions::Client;

/// The members that are named at most: so many that they never make a client too slow.
const MOST: u32 = 2_000;

/// The event `room-members`.
pub(crate) struct RoomMembers;

/// Who is in a room.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RoomMembers")]
pub(crate) struct MemberList {
    /// The first 2,000 of them.
    members: Vec<ShownMember>,
}

/// A member of a room.
#[derive(Debug, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RoomMember")]
#[schema(as = RoomMember)]
pub(crate) struct ShownMember {
    #[schema(format = "uuid")]
    pub(super) user_id: String,
    pub(super) full_name: String,
}

impl ClientEvent for RoomMembers {
    const NAME: &'static str = "room-members";
    const ABOUT: &'static str = "Answers who is a member of a room, connected or not, in the order of \
        names; of the lobby, who is connected, in the order in which they came.";
    const LIMIT: Limit = Limit::Requests;
    type Payload<'a> = WhichRoom<'a>;
    type Answer = MemberList;
}

impl Handle for RoomMembers {
    async fn handle<'a>(
        gateway: &'a Gateway,
        socket: &'a Socket<Client>,
        WhichRoom { room }: WhichRoom<'a>,
    ) -> Result<MemberList, Problem> {
        let user = socket.data().user();
        let address = Address::read(room.as_str(), &user, Some(socket.id()))?;
        let Address::Channel(channel) = address else {
            let full_name = user.full_name.clone();
            return Ok(MemberList::of([Member { user: user.id, full_name }]));
        };
        let members = gateway.conversations().members();
        members.check(&user, &channel, Access::Read).await?;
        Ok(match &channel {
            Channel::Lobby => MemberList::of(gateway.presence().people(MOST as usize)),
            Channel::Direct(pair) => {
                let mut both = gateway
                    .conversations()
                    .people(pair.both())
                    .await
                    .map_err(Denied::Unavailable)?;
                both.dedup();
                MemberList::of(both)
            }
            Channel::Named(room) => {
                let list = members.list(room, MOST).await;
                MemberList::of(list.map_err(Denied::Unavailable)?)
            }
        })
    }
}

impl MemberList {
    fn of(members: impl IntoIterator<Item = Member>) -> Self {
        let shown = members.into_iter().map(|Member { user, full_name }| ShownMember {
            user_id: user.to_string(),
            full_name: full_name.to_string(),
        });
        Self { members: shown.collect() }
    }
}
