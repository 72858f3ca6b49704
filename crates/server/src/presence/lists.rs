//! `clients-updated`: the list of all sockets, to newcomers at once, to everyone at a bounded pace.
//! Those who subscribed to diffs get none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::ser::SerializeSeq;
use socketio::{LatestKey, NamespaceRef, Operator, Share, Socket};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::diffs::SUBSCRIBERS;
use super::pace::{LONGEST, Pace, interval};
use super::roster::Roster;
use crate::config;
use crate::events::{Latest, ServerEvent};
use crate::sessions::Client;

/// The event `clients-updated`.
pub(crate) struct ClientsUpdated;

impl ServerEvent for ClientsUpdated {
    const NAME: &'static str = "clients-updated";
    const ABOUT: &'static str =
        "The ids of all connected sockets, in the order of their registration.";
    const TO: &'static str = "everyone, at a bounded pace; newcomers at once";
    const NAMES: &'static [&'static str] = &["socketIds"];
    type Arguments = (Vec<String>,);
}

/// Of the lists that wait for a client, only the newest matters.
const KEY: LatestKey = Latest::ClientsUpdated.key();

/// An id of 20 characters, its quotes and a comma.
const BYTES_PER_CLIENT: usize = 23;

/// When lists go out.
#[derive(Debug)]
pub(super) struct Lists {
    enabled: bool,
    bytes_per_second: u64,
    /// Held while a list is made and sent, so that lists go out in the order of what they say.
    pace: Mutex<Pace>,
    /// Somebody has come or left, of which the pace does not know yet.
    stale: AtomicBool,
    changed: Notify,
}

type Sockets<'a> = MutexGuard<'a, Roster>;

/// The ids of all sockets, in the order of their registration.
struct Ids<'a>(&'a Roster);

impl Serialize for Ids<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for socket in self.0.iter() {
            list.serialize_element(socket.id())?;
        }
        list.end()
    }
}

impl Lists {
    pub(super) fn new(config: &config::Presence) -> Self {
        Self {
            enabled: config.clients_updated,
            bytes_per_second: config.byte_budget,
            pace: Mutex::default(),
            stale: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stale.swap(false, Ordering::AcqRel) {
            pace.change(Instant::now());
        }
        pace
    }

    /// A socket has left. Does not wait for a list that is being made.
    pub(super) fn changed(&self) {
        if self.enabled {
            self.stale.store(true, Ordering::Release);
            self.changed.notify_one();
        }
    }

    /// A socket has come, and will be announced. Should that fail, the next list is sent anyway.
    pub(super) fn expect(&self) {
        self.stale.store(true, Ordering::Release);
    }

    /// A socket has come. It gets the list now; so does everyone, if it is time.
    pub(super) async fn announce<'a>(
        &self,
        newcomer: &Socket<Client>,
        sockets: impl Fn() -> Sockets<'a>,
    ) {
        if !self.enabled {
            return;
        }
        let share = reserve(newcomer.namespace(), &sockets).await;
        let mut pace = self.pace();
        let now = Instant::now();
        if pace.change(now) {
            self.tell_everyone(&mut pace, now, newcomer.namespace(), share, &sockets());
        } else {
            self.changed.notify_one();
            let own_room = newcomer.namespace().to(newcomer.id().as_str());
            emit(own_room, share, &sockets());
        }
    }

    /// Sends the lists that have to wait for their time.
    pub(super) async fn run<'a>(
        &self,
        namespace: &NamespaceRef,
        sockets: impl Fn() -> Sockets<'a>,
    ) {
        if !self.enabled {
            return;
        }
        loop {
            self.wait().await;
            let share = reserve(namespace, &sockets).await;
            let mut pace = self.pace();
            let now = Instant::now();
            if pace.is_due(now) {
                self.tell_everyone(&mut pace, now, namespace, share, &sockets());
            }
        }
    }

    /// Waits for a moment in which a list may be due. Nobody tells of those who were not announced.
    async fn wait(&self) {
        let next = self.pace().next();
        match next {
            Some(at) => tokio::time::sleep_until(at).await,
            None => drop(tokio::time::timeout(LONGEST, self.changed.notified()).await),
        }
    }

    fn tell_everyone(
        &self,
        pace: &mut Pace,
        now: Instant,
        namespace: &NamespaceRef,
        share: Share,
        sockets: &Roster,
    ) {
        let readers = sockets.len() - sockets.subscribers();
        let pause = interval(readers, sockets.len() * BYTES_PER_CLIENT, self.bytes_per_second);
        pace.told(now, pause);
        if readers > 0 {
            emit(namespace.except(SUBSCRIBERS), share, sockets);
        }
    }
}

async fn reserve<'a>(namespace: &NamespaceRef, sockets: impl Fn() -> Sockets<'a>) -> Share {
    let clients = sockets().len();
    namespace.reserve(clients * BYTES_PER_CLIENT).await
}

fn emit(to: Operator, share: Share, sockets: &Roster) {
    if let Err(error) = to.latest(KEY).emit_reserved(share, ClientsUpdated::NAME, &(Ids(sockets),))
    {
        tracing::error!(%error, "the list of clients cannot be encoded");
    }
}
