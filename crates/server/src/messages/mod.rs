//! The chat: the gateway that clients connect to, what they may say, and whom it reaches.

mod exception;
mod gateway;
mod incoming;
mod lobby;
mod refusal;

pub(crate) use exception::{EXCEPTION, Exception, Problem};
pub(crate) use gateway::{Gateway, namespace};
