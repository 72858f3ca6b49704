//! Who is connected, as presence has heard of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use socketio::Socket;

use super::person::{Connection, Person};
use crate::sessions::{Client, Registration};
use crate::users::UserId;

/// The sockets that are connected, in the order of their registration, and by user.
#[derive(Debug, Default)]
pub(super) struct Roster {
    sockets: BTreeMap<Registration, Socket<Client>>,
    users: HashMap<UserId, Vec<Registration>>,
    /// Which of the sockets get diffs.
    subscribers: HashSet<Registration>,
}

impl Roster {
    pub(super) fn add(&mut self, socket: &Socket<Client>) {
        if let Some(registration) = socket.data().registration() {
            self.sockets.insert(registration, socket.clone());
            self.users.entry(socket.data().user_id()).or_default().push(registration);
        }
    }

    pub(super) fn remove(&mut self, socket: &Socket<Client>) {
        let Some(registration) = socket.data().registration() else { return };
        // It is dropped by those who still hold it, not under the lock of all.
        drop(self.sockets.remove(&registration));
        self.subscribers.remove(&registration);
        let user = socket.data().user_id();
        if let Some(sockets) = self.users.get_mut(&user) {
            sockets.retain(|other| *other != registration);
            if sockets.is_empty() {
                self.users.remove(&user);
            }
        }
    }

    /// All sockets, in the order of registration.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Socket<Client>> {
        self.sockets.values()
    }

    /// The number of sockets.
    pub(super) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// A socket gets diffs from now on, unless it has gone.
    pub(super) fn subscribe(&mut self, socket: &Socket<Client>) {
        let registration = socket.data().registration();
        if let Some(known) = registration.filter(|known| self.sockets.contains_key(known)) {
            self.subscribers.insert(known);
        }
    }

    /// The number of sockets that get diffs.
    pub(super) fn subscribers(&self) -> usize {
        self.subscribers.len()
    }

    /// A user with all their sockets, if they have one.
    pub(super) fn person(&self, user: UserId) -> Option<Person<'_>> {
        let registrations = self.users.get(&user)?;
        let sockets = registrations.iter().filter_map(|known| self.sockets.get(known));
        let user = sockets.clone().next_back()?.data().user();
        let connections = sockets
            .map(|socket| Connection { id: socket.id().as_str(), device: socket.data().device() });
        let full_name = user.full_name.to_string();
        Some(Person { user_id: user.id, full_name, connections: connections.collect() })
    }

    /// Everyone, each once, in the order in which the oldest of their sockets was registered.
    pub(super) fn people(&self) -> impl Iterator<Item = Person<'_>> {
        self.sockets.iter().filter_map(|(registration, socket)| {
            let user = socket.data().user_id();
            let first = self.users.get(&user)?.first()?;
            if first == registration { self.person(user) } else { None }
        })
    }
}
