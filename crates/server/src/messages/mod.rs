//! The chat: the gateway that clients connect to, what they may say, whom it reaches, and what is
//! kept of it.

mod batch;
mod catch_up;
#[cfg(test)]
mod conformance;
mod conversations;
mod direct_message;
mod gateway;
mod history;
mod message_from_client;
mod message_from_server;
mod message_history;
mod postgres;
mod refusal;
mod repository;
mod retention;
mod routes;
mod said;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
mod typing;
mod unstored;
mod writer;

pub(crate) use catch_up::CatchUp;
pub(crate) use conversations::Conversations;
pub(crate) use direct_message::DirectMessage;
pub(crate) use gateway::{Gateway, namespace};
pub(crate) use message_from_client::MessageFromClient;
pub(crate) use message_from_server::MessageFromServer;
pub(crate) use message_history::MessageHistory;
pub use postgres::PostgresMessages;
pub use repository::{
    Appended, Direct, Keep, Message, MessageRepository, NewMessage, Original, Page,
};
pub(crate) use routes::routes;
pub use sqlite::SqliteMessages;
pub(crate) use typing::{SomeoneTyping, Typing};
