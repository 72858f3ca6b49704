//! What tests of live connections share: a server, and clients over long-polling.

mod agent;
mod house;
mod polling_client;

pub(crate) use agent::Agent;
pub(crate) use house::{GRACE, House, Minted, NOTICE, Person};
pub(crate) use polling_client::PollingClient;
