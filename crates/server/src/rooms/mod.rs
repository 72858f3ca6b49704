//! Rooms: their names, who may be in which, and who is.

mod address;
mod channel;
mod join_room;
mod joined;
mod leave_room;
mod members;
mod name;
mod repository;
mod room_members;
mod routes;
mod rules;

pub(crate) use address::{Address, RoomText, channel, direct};
pub use channel::{Channel, LOBBY, NoChannel, Pair};
pub(crate) use join_room::JoinRoom;
pub(crate) use joined::Joined;
pub(crate) use leave_room::LeaveRoom;
pub(crate) use members::{Denied, Members, room_of, user_room};
pub use name::{NoRoomName, RoomName};
pub use repository::{Added, Member, MemberRepository};
pub(crate) use room_members::RoomMembers;
pub(crate) use routes::routes;
pub use rules::Access;
pub(crate) use rules::Retention;
