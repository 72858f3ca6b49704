//! The chat: the gateway that clients connect to, what they may say, and whom it reaches.

mod gateway;
mod lobby;
mod message_from_client;
mod refusal;
mod repository;
mod typing;

pub(crate) use gateway::{Gateway, namespace};
pub(crate) use lobby::MessageFromServer;
pub(crate) use message_from_client::MessageFromClient;
pub(crate) use typing::{SomeoneTyping, Typing};
pub use repository::{Appended, Keep, Message, MessageRepository, NewMessage, Original, Page};
