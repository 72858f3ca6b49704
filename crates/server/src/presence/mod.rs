//! Who is connected, as clients are told: the list of all sockets, diffs of people for those who
//! subscribe, and `GET /api/clients`.
//!
//! Presence hears of connections from [`sessions`](crate::sessions) and asks nobody else.

mod diffs;
mod lists;
mod pace;
mod person;
mod roster;
mod routes;
mod subscribe;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use socketio::{NamespaceRef, Socket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use diffs::PresenceDiff;
use diffs::{Diffs, SUBSCRIBERS};
pub(crate) use lists::ClientsUpdated;
use lists::Lists;
use person::Person;
use roster::Roster;
pub(crate) use routes::routes;
pub(crate) use subscribe::PresenceSubscribe;
use subscribe::Snapshot;

use crate::config;
use crate::rooms::Member;
use crate::sessions::{Audience, Client};
use crate::users::FullName;

/// Who is connected. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Presence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    roster: Mutex<Roster>,
    lists: Lists,
    diffs: Diffs,
}

impl Presence {
    pub(crate) fn new(config: &config::Presence) -> Self {
        Self(Arc::new(Inner {
            roster: Mutex::default(),
            lists: Lists::new(config),
            diffs: Diffs::default(),
        }))
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.0.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who are connected, at most so many.
    pub(crate) fn people(&self, most: usize) -> Vec<Member> {
        let roster = self.roster();
        let people = roster.people().take(most);
        let member = |Person { user_id, full_name, .. }: Person<'_>| Member {
            user: user_id,
            full_name: FullName::stored(full_name),
        };
        people.map(member).collect()
    }

    /// Tells a newcomer who is here, and, if it is time, the others. One that comes back has to
    /// subscribe anew: it does not know what it has missed.
    pub(crate) async fn announce(&self, newcomer: &Socket<Client>) {
        if newcomer.recovered() {
            newcomer.leave(SUBSCRIBERS).await;
        }
        self.0.lists.announce(newcomer, || self.roster()).await;
    }

    /// Tells a socket of every change from now on, by diffs instead of lists; and who is here.
    async fn subscribe(&self, socket: &Socket<Client>) -> Result<Snapshot, serde_json::Error> {
        self.0.diffs.subscribe(socket, || self.roster()).await
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
            let lists = presence.0.lists.run(&namespace, || presence.roster());
            let diffs = presence.0.diffs.run(&namespace, || presence.roster());
            stop.run_until_cancelled(async { tokio::join!(lists, diffs) }).await;
        });
    }
}

#[async_trait]
impl Audience for Presence {
    /// The others are told when the newcomer is [`announced`](Presence::announce).
    fn joined(&self, socket: &Socket<Client>) {
        self.roster().add(socket);
        self.0.lists.expect();
        self.0.diffs.note(socket.data().user_id());
    }

    fn left(&self, socket: &Socket<Client>) {
        self.roster().remove(socket);
        self.0.lists.changed();
        self.0.diffs.note(socket.data().user_id());
    }

    async fn changed(&self, socket: &Socket<Client>) {
        self.0.diffs.note(socket.data().user_id());
    }
}

#[cfg(test)]
mod tests;
