//! Who is connected, as presence has heard of it.

use std::collections::BTreeMap;

use socketio::Socket;

use crate::sessions::{Client, Registration};

/// The sockets that are connected, in the order of their registration.
#[derive(Debug, Default)]
pub(super) struct Roster {
    sockets: BTreeMap<Registration, Socket<Client>>,
}

impl Roster {
    pub(super) fn add(&mut self, socket: &Socket<Client>) {
        if let Some(registration) = socket.data().registration() {
            self.sockets.insert(registration, socket.clone());
        }
    }

    pub(super) fn remove(&mut self, socket: &Socket<Client>) {
        let registration = socket.data().registration();
        // It is dropped by those who still hold it, not under the lock of all.
        drop(registration.and_then(|registration| self.sockets.remove(&registration)));
    }

    /// All sockets, in the order of registration.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Socket<Client>> {
        self.sockets.values()
    }

    /// The number of sockets.
    pub(super) fn len(&self) -> usize {
        self.sockets.len()
    }
}
