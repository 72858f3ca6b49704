//! Clients that come in, a number of them at a time.

use std::ops::Range;

use super::{Actions, ClientId, Fault, Load};

/// When a client counts as in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joined {
    /// At the reply to its CONNECT packet.
    AtReply,
    /// At the first list, because the server replies before it has looked at the token.
    AtFirstList,
}

/// Opens clients, and the next one as soon as one is in.
#[derive(Debug)]
pub(crate) struct Joining {
    waiting: Range<ClientId>,
    total: usize,
    counted: Joined,
    room: Option<usize>,
    /// Who has been told that it is in.
    is_in: Vec<bool>,
    done: usize,
    lists: Lists,
}

/// What came of `clients-updated`.
#[derive(Debug, Default)]
struct Lists {
    bytes: u64,
    /// The newest of each client: how many it names, and a hash of the whole.
    newest: Vec<Option<(usize, u64)>>,
}

impl Joining {
    /// Brings `clients` in.
    pub(crate) fn new(clients: Range<ClientId>, counted: Joined) -> Self {
        let total = clients.len();
        let size = clients.end;
        Self {
            waiting: clients,
            total,
            counted,
            room: None,
            is_in: vec![false; size],
            done: 0,
            lists: Lists { bytes: 0, newest: vec![None; size] },
        }
    }

    /// Each client also joins a room, of so many members.
    pub(crate) fn with_rooms(mut self, members: usize) -> Self {
        self.room = Some(members);
        self
    }

    /// Opens the first clients, which are as many as are on their way at any time.
    pub(crate) fn begin(&mut self, at_once: usize) -> Actions {
        let mut actions = Actions::default();
        for client in self.waiting.by_ref().take(at_once) {
            actions.open(client);
        }
        actions
    }

    /// Others are there too, who may hear something.
    pub(crate) fn among(mut self, clients: usize) -> Self {
        self.is_in.resize(clients, true);
        self.lists.newest.resize(clients, None);
        self
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done == self.total
    }

    /// Whether everyone has been told of everyone.
    pub(crate) fn lists_are_final(&self) -> bool {
        self.lists.are_final(self.is_in.len())
    }

    /// The bytes of all lists that came.
    pub(crate) fn list_bytes(&self) -> u64 {
        self.lists.bytes
    }

    fn is_in(&mut self, client: ClientId, actions: &mut Actions) -> Result<(), Fault> {
        if std::mem::replace(&mut self.is_in[client], true) {
            return Err(Fault::Wrong(format!("client {client} joined twice")));
        }
        self.done += 1;
        if let Some(next) = self.waiting.next() {
            actions.open(next);
        }
        Ok(())
    }
}

impl Lists {
    /// Whether every client's newest list names all `clients`, and all are the same.
    fn are_final(&self, clients: usize) -> bool {
        let first = self.newest.first().copied().flatten();
        first.is_some_and(|(named, _)| named == clients)
            && self.newest.iter().all(|newest| *newest == first)
    }

    fn take(&mut self, client: ClientId, packet: &[u8]) {
        self.bytes += packet.len() as u64 + 1;
        // An event name and the ids, each in quotes.
        let named = memchr::memchr_iter(b'"', packet).count() / 2 - 1;
        self.newest[client] = Some((named, fingerprint(packet)));
    }
}

/// FNV-1a over words: enough to tell lists apart.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl Load for Joining {
    fn joined(&mut self, client: ClientId, actions: &mut Actions) -> Result<(), Fault> {
        if let Some(members) = self.room {
            let room = client / members;
            actions.send(client, &format!("20[\"join\",{{\"room\":\"room-{room}\"}}]"));
        } else if self.counted == Joined::AtReply {
            return self.is_in(client, actions);
        }
        Ok(())
    }

    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        if self.room.is_some() && packet == b"30[{\"ok\":true}]" {
            return self.is_in(client, actions);
        }
        if !packet.starts_with(b"2[\"clients-updated\",[") {
            return Err(Fault::wrong(packet));
        }
        self.lists.take(client, packet);
        if self.counted == Joined::AtFirstList && !self.is_in[client] {
            return self.is_in(client, actions);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_comes_when_one_is_in() {
        let mut load = Joining::new(0..3, Joined::AtReply);
        assert_eq!(load.begin(1).opens, [0]);
        let mut actions = Actions::default();
        for client in 0..3 {
            assert!(!load.is_done());
            load.joined(client, &mut actions).unwrap();
        }
        assert_eq!(actions.opens, [1, 2]);
        assert!(load.is_done());
        assert!(load.joined(2, &mut actions).is_err());
    }

    #[test]
    fn lists_are_final_when_all_are_the_same_and_whole() {
        let mut load = Joining::new(0..2, Joined::AtFirstList);
        load.begin(2);
        let mut actions = Actions::default();
        let mut list = |load: &mut Joining, client, list: &str| {
            let packet = format!("2[\"clients-updated\",{list}]");
            load.packet(client, packet.as_bytes(), &mut actions).unwrap();
        };
        list(&mut load, 0, r#"["a"]"#);
        assert!(!load.is_done());
        list(&mut load, 1, r#"["a","b"]"#);
        assert!(load.is_done() && !load.lists.are_final(2));
        list(&mut load, 0, r#"["b","a"]"#);
        assert!(!load.lists.are_final(2));
        list(&mut load, 0, r#"["a","b"]"#);
        assert!(load.lists.are_final(2));
    }
}
