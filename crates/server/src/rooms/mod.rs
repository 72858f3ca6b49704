//! Rooms: their names, who may be in which, and who is.

mod address;
mod channel;
#[cfg(test)]
mod conformance;
mod join_room;
mod joined;
mod leave_room;
mod members;
mod name;
mod postgres;
mod repository;
mod room_members;
mod routes;
mod rules;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use address::{Address, RoomText, channel, direct};
pub use channel::{Channel, LOBBY, NoChannel, Pair};
pub(crate) use join_room::JoinRoom;
pub(crate) use joined::Joined;
pub(crate) use leave_room::LeaveRoom;
pub(crate) use members::{Denied, Members, room_of, user_room};
pub use name::{NoRoomName, RoomName};
pub use postgres::PostgresMembers;
pub use repository::{Added, Member, MemberRepository};
pub(crate) use room_members::RoomMembers;
pub(crate) use routes::routes;
pub use rules::Access;
pub(crate) use rules::Retention;
pub use sqlite::SqliteMembers;
