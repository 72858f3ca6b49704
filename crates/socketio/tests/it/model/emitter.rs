//! One that sends to everyone, to rooms and to clients, and moves clients between its rooms.

use std::collections::BTreeSet;

use socketio::{Binary, NamespaceRef, Operator};

use super::random::Random;

const ROOMS: usize = 3;
const STEPS: usize = 60;

/// It alone changes who is in its rooms, so what it sends has recipients that follow from what it
/// did before, whatever others do meanwhile.
pub(super) struct Emitter {
    number: usize,
    namespace: NamespaceRef,
    ids: Vec<String>,
    random: Random,
    members: [BTreeSet<usize>; ROOMS],
    /// What each client has to get, in order.
    expected: Vec<Vec<u64>>,
    sent: u64,
}

/// Whom an operator addresses, and who that is.
struct Target {
    operator: Operator,
    clients: BTreeSet<usize>,
}

impl Emitter {
    pub(super) fn new(
        number: usize,
        namespace: NamespaceRef,
        ids: Vec<String>,
        random: Random,
    ) -> Self {
        let expected = vec![Vec::new(); ids.len()];
        let members = std::array::from_fn(|_| BTreeSet::new());
        Self { number, namespace, ids, random, members, expected, sent: 0 }
    }

    pub(super) async fn run(mut self) -> Vec<Vec<u64>> {
        for _ in 0..STEPS {
            self.random.pause(3).await;
            let target = self.target();
            match self.random.below(4) {
                0 => self.join(target).await,
                1 => self.leave(target).await,
                _ => self.emit(target).await,
            }
        }
        self.expected
    }

    fn room(&self, room: usize) -> String {
        format!("room {room} of {}", self.number)
    }

    /// A name that can be addressed, and who that is.
    fn addressee(&mut self) -> (String, BTreeSet<usize>) {
        if self.random.once_in(3) {
            let client = self.random.below(self.ids.len());
            (self.ids[client].clone(), BTreeSet::from([client]))
        } else {
            let room = self.random.below(ROOMS);
            (self.room(room), self.members[room].clone())
        }
    }

    fn target(&mut self) -> Target {
        let mut operator = self.namespace.broadcast();
        let mut clients = BTreeSet::new();
        let addressees = self.random.below(3);
        if addressees == 0 {
            clients = (0..self.ids.len()).collect();
        }
        for _ in 0..addressees {
            let (name, who) = self.addressee();
            operator = operator.to(name);
            clients.extend(who);
        }
        if self.random.once_in(3) {
            let (name, who) = self.addressee();
            operator = operator.except(name);
            clients.retain(|client| !who.contains(client));
        }
        Target { operator, clients }
    }

    async fn join(&mut self, Target { operator, clients }: Target) {
        let room = self.random.below(ROOMS);
        operator.sockets_join(self.room(room)).await;
        self.members[room].extend(clients);
    }

    async fn leave(&mut self, Target { operator, clients }: Target) {
        let room = self.random.below(ROOMS);
        operator.sockets_leave(self.room(room)).await;
        self.members[room].retain(|client| !clients.contains(client));
    }

    async fn emit(&mut self, Target { operator, clients }: Target) {
        let (by, number) = (self.number, self.sent);
        self.sent += 1;
        for client in clients {
            self.expected[client].push(number);
        }
        if self.random.once_in(3) {
            let binary = Binary(vec![1, 2, 3].into());
            operator.emit_args("emitted", (by, number, binary)).await.unwrap();
        } else {
            operator.emit_args("emitted", (by, number)).await.unwrap();
        }
    }
}
