//! What tests of messages share: a server, somebody who is connected, and a database with moods.

mod house;
mod memory_messages;

pub(super) use house::{House, short};
pub(crate) use memory_messages::{MemoryMessages, Mood};
