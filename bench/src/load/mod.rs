//! The load generator: thousands of Socket.IO clients on one thread.

mod beside;
mod client;
mod echo;
mod fanout;
mod http;
mod joining;
mod open_loop;
mod presence;
mod publishing;
mod swarm;
mod wire;

use std::io;

pub(crate) use beside::Beside;
pub(crate) use client::{Credentials, Way};
pub(crate) use echo::Echo;
pub(crate) use fanout::{Audience, Fanout};
pub(crate) use http::next_response;
pub(crate) use joining::{Joined, Joining};
pub(crate) use open_loop::{OpenLoop, at_random, evenly};
pub(crate) use presence::Presence;
pub(crate) use publishing::{Crowd, Publishing};
pub(crate) use swarm::Swarm;

/// The number of a client in its swarm.
pub(crate) type ClientId = usize;

/// What clients do with what they receive.
pub(crate) trait Load {
    /// A client is connected to the namespace. Most loads begin when all are in.
    fn joined(&mut self, client: ClientId, _: &mut Actions) -> Result<(), Fault> {
        Err(Fault::Wrong(format!("client {client} joined again")))
    }

    /// A Socket.IO packet, without the `4` in front of it.
    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault>;

    /// A connection has ended, which most loads do not expect.
    fn closed(&mut self, client: ClientId) -> Result<(), Fault> {
        Err(Fault::Closed(client))
    }
}

/// What a load wants done; carried out as soon as the client at hand has been dealt with.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    opens: Vec<ClientId>,
    sends: Vec<(ClientId, Vec<u8>)>,
}

impl Actions {
    /// Opens a client.
    pub(crate) fn open(&mut self, client: ClientId) {
        self.opens.push(client);
    }

    /// Does also what `others` say.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.opens.append(&mut others.opens);
        self.sends.append(&mut others.sends);
    }

    /// Sends a Socket.IO packet, given without the `4` in front of it.
    pub(crate) fn send(&mut self, client: ClientId, packet: &str) {
        let mut text = Vec::with_capacity(packet.len() + 1);
        text.push(b'4');
        text.extend(packet.as_bytes());
        self.sends.push((client, text));
    }
}

/// Why a measurement is worth nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("client {0} lost its connection")]
    Closed(ClientId),
    #[error("the server answered wrongly: {0}")]
    Wrong(String),
    #[error(
        "a message was lost, doubled or reordered: client {client} expected {expected}, got {got}"
    )]
    Sequence { client: ClientId, expected: u64, got: u64 },
    #[error("it took too long: {0}")]
    TimedOut(String),
    #[error("the server died: {0}")]
    ServerDied(String),
    #[error("{program} cannot be started: {cause}")]
    Start { program: String, cause: io::Error },
    #[error("the users could not be imported: {0}")]
    Import(String),
    #[error("the load failed: {0}")]
    Load(String),
    #[error("the database failed: {0}")]
    Database(String),
    #[error("the load generator was the bottleneck: {0}")]
    Generator(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Fault {
    /// A wrong answer, shown from its beginning.
    pub(crate) fn wrong(packet: &[u8]) -> Self {
        let shown = &packet[..packet.len().min(300)];
        Self::Wrong(String::from_utf8_lossy(shown).into_owned())
    }
}
