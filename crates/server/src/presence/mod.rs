//! Who is connected, as clients are told: the list of all sockets, and `GET /api/clients`.
//!
//! Presence hears of connections from [`sessions`](crate::sessions) and asks nobody else.

mod lists;
mod pace;
mod roster;
mod routes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socketio::{NamespaceRef, Socket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use lists::ClientsUpdated;
use lists::Lists;
use roster::Roster;
pub(crate) use routes::routes;

use crate::config;
use crate::sessions::{Audience, Client};

/// Who is connected. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    roster: Mutex<Roster>,
    lists: Lists,
}

impl Presence {
    pub(crate) fn new(config: &config::Presence) -> Self {
        Self(Arc::new(Inner { roster: Mutex::default(), lists: Lists::new(config) }))
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.0.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a newcomer who is here, and, if it is time, the others.
    pub(crate) async fn announce(&self, newcomer: &Socket<Client>) {
        self.0.lists.announce(newcomer, || self.roster()).await;
    }

    /// Starts what goes on in the background, until `stop`.
    pub(crate) fn start(
        &self,
        namespace: NamespaceRef,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let (presence, stop) = (self.clone(), stop.clone());
        tasks.spawn(async move {
            let work = presence.0.lists.run(&namespace, || presence.roster());
            stop.run_until_cancelled(work).await;
        });
    }
}

impl Audience for Presence {
    /// The others are told when the newcomer is [`announced`](Presence::announce).
    fn joined(&self, socket: &Socket<Client>) {
        self.roster().add(socket);
    }

    fn left(&self, socket: &Socket<Client>) {
        self.roster().remove(socket);
        self.0.lists.changed();
    }
}
