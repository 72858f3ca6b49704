//! The chat: the gateway that clients connect to, what they may say, and whom it reaches.

mod batch;
#[cfg(test)]
mod conformance;
mod gateway;
mod lobby;
mod message_from_client;
mod postgres;
mod refusal;
mod repository;
mod sqlite;
mod typing;

pub(crate) use gateway::{Gateway, namespace};
pub(crate) use lobby::MessageFromServer;
pub(crate) use message_from_client::MessageFromClient;
pub use postgres::PostgresMessages;
pub use repository::{Appended, Keep, Message, MessageRepository, NewMessage, Original, Page};
pub use sqlite::SqliteMessages;
pub(crate) use typing::{SomeoneTyping, Typing};
