//! Rooms: their names, who may be in which, and who is.

mod channel;
mod name;
mod repository;

pub use channel::{Channel, LOBBY, NoChannel, Pair};
pub use name::{NoRoomName, RoomName};
pub use repository::{Added, Member, MemberRepository};
