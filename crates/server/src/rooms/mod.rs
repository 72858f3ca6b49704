//! Rooms: their names, who may be in which, and who is.

mod channel;
#[cfg(test)]
mod conformance;
mod name;
mod postgres;
mod repository;
mod sqlite;

pub use channel::{Channel, LOBBY, NoChannel, Pair};
pub use name::{NoRoomName, RoomName};
pub use postgres::PostgresMembers;
pub use repository::{Added, Member, MemberRepository};
pub use sqlite::SqliteMembers;
