//! Clients that subscribe to presence, while others come and go.

use std::collections::VecDeque;

use super::{Actions, ClientId, Fault, Load};

const DIFF: &[u8] = b"2[\"presence-diff\",";
const SNAPSHOT: &[u8] = b"30[{\"ok\":true,\"version\":";

/// Subscribes every client that comes in.
#[derive(Debug)]
pub(crate) struct Presence {
    /// The newest version of each client; `None` without a snapshot.
    versions: Vec<Option<u64>>,
    /// The newest diff that a client got before its snapshot.
    early: Vec<u64>,
    subscribed: usize,
    diffs: Traffic,
    snapshots: Traffic,
    /// How often a client had to subscribe anew.
    gaps: u64,
    waiting: VecDeque<ClientId>,
}

/// What came of one kind.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Traffic {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl Traffic {
    fn add(&mut self, packet: &[u8]) {
        self.count += 1;
        self.bytes += packet.len() as u64 + 1;
    }
}

impl Presence {
    /// For clients with numbers below `clients`.
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            versions: vec![None; clients],
            early: vec![0; clients],
            subscribed: 0,
            diffs: Traffic::default(),
            snapshots: Traffic::default(),
            gaps: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Opens some of `clients`, and each further one when one has its snapshot.
    pub(crate) fn begin(&mut self, clients: std::ops::Range<ClientId>, at_once: usize) -> Actions {
        self.waiting = clients.collect();
        let mut actions = Actions::default();
        for client in self.waiting.drain(..at_once.min(self.waiting.len())) {
            actions.open(client);
        }
        actions
    }

    /// A client has gone.
    pub(crate) fn left(&mut self, client: ClientId) {
        if self.versions[client].take().is_some() {
            self.subscribed -= 1;
        }
    }

    /// How many have a snapshot.
    pub(crate) fn subscribed(&self) -> usize {
        self.subscribed
    }

    /// Whether all who have a snapshot know of the same version.
    pub(crate) fn agree(&self) -> bool {
        let mut known = self.versions.iter().flatten();
        let first = known.next();
        first.is_some() && known.all(|version| Some(version) == first)
    }

    pub(crate) fn diffs(&self) -> Traffic {
        self.diffs
    }

    pub(crate) fn snapshots(&self) -> Traffic {
        self.snapshots
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.gaps
    }
}

impl Load for Presence {
    fn joined(&mut self, client: ClientId, actions: &mut Actions) -> Result<(), Fault> {
        subscribe(client, actions);
        Ok(())
    }

    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        if packet.starts_with(DIFF) {
            self.diffs.add(packet);
            let version = number_after(packet, b"\"version\":")?;
            match self.versions[client] {
                None => self.early[client] = version,
                Some(known) if version == known + 1 => self.versions[client] = Some(version),
                Some(known) if version > known => {
                    self.gaps += 1;
                    self.left(client);
                    subscribe(client, actions);
                }
                Some(_) => {}
            }
            return Ok(());
        }
        if !packet.starts_with(SNAPSHOT) {
            return Err(Fault::wrong(packet));
        }
        self.snapshots.add(packet);
        let version = number_after(packet, b"\"version\":")?;
        self.versions[client] = Some(version.max(std::mem::take(&mut self.early[client])));
        self.subscribed += 1;
        if let Some(next) = self.waiting.pop_front() {
            actions.open(next);
        }
        Ok(())
    }
}

fn subscribe(client: ClientId, actions: &mut Actions) {
    actions.send(client, "20[\"presence-subscribe\",{}]");
}

fn number_after(packet: &[u8], key: &[u8]) -> Result<u64, Fault> {
    let start = memchr::memmem::find(packet, key).ok_or_else(|| Fault::wrong(packet))? + key.len();
    let digits = packet[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_followed_and_gaps_are_healed() {
        let mut load = Presence::new(2);
        assert_eq!(load.begin(0..2, 1).opens, [0]);
        let mut actions = Actions::default();
        load.joined(0, &mut actions).unwrap();
        let hear = |load: &mut Presence, client, packet: &str| {
            let mut actions = Actions::default();
            load.packet(client, packet.as_bytes(), &mut actions).unwrap();
            (actions.opens, actions.sends.len())
        };
        let snapshot = |version| format!("30[{{\"ok\":true,\"version\":{version},\"people\":[]}}]");
        let diff = |version| format!("2[\"presence-diff\",{{\"version\":{version},\"joins\":[]}}]");
        assert_eq!(hear(&mut load, 0, &snapshot(7)), (vec![1], 0));
        assert_eq!(hear(&mut load, 0, &diff(8)), (vec![], 0));
        assert_eq!(load.subscribed(), 1);
        assert_eq!(hear(&mut load, 0, &diff(10)), (vec![], 1));
        assert_eq!((load.subscribed(), load.gaps()), (0, 1));
        hear(&mut load, 0, &snapshot(10));
        hear(&mut load, 1, &snapshot(9));
        assert!(!load.agree());
        hear(&mut load, 1, &diff(10));
        assert!(load.agree());
        assert_eq!(load.diffs().count, 3);
        load.left(1);
        assert_eq!(load.subscribed(), 1);
    }
}
