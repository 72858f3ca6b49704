//! Requests with an ack: each client has one on its way.

use std::time::Instant;

use hdrhistogram::Histogram;

use super::{Actions, ClientId, Fault, Load};
use crate::latency;

/// Clients that ask, check the answer, and ask again.
pub(crate) struct Echo {
    clients: Vec<Asking>,
    going: bool,
    waiting: usize,
    answers: u64,
    latency: Histogram<u64>,
}

struct Asking {
    number: u64,
    asked: Instant,
}

impl Echo {
    pub(crate) fn new(clients: usize) -> Self {
        let now = Instant::now();
        Self {
            clients: (0..clients).map(|_| Asking { number: 0, asked: now }).collect(),
            going: false,
            waiting: 0,
            answers: 0,
            latency: latency::histogram(),
        }
    }

    /// Lets every client ask.
    pub(crate) fn go(&mut self) -> Actions {
        self.going = true;
        let mut actions = Actions::default();
        for client in 0..self.clients.len() {
            self.ask(client, &mut actions);
        }
        actions
    }

    /// Asks nothing more.
    pub(crate) fn stop(&mut self) {
        self.going = false;
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.waiting == 0
    }

    /// Answers so far.
    pub(crate) fn answers(&self) -> u64 {
        self.answers
    }

    /// Forgets the latencies of the warm-up.
    pub(crate) fn forget_latency(&mut self) {
        self.latency.reset();
    }

    pub(crate) fn latency(&self) -> &Histogram<u64> {
        &self.latency
    }

    fn ask(&mut self, client: ClientId, actions: &mut Actions) {
        let asking = &mut self.clients[client];
        asking.number += 1;
        asking.asked = Instant::now();
        self.waiting += 1;
        let number = asking.number;
        actions.send(client, &format!("2{number}[\"echo\",{}]", payload(client, number)));
    }
}

fn payload(client: ClientId, number: u64) -> String {
    format!("{{\"client\":{client},\"number\":{number},\"text\":\"what goes in comes out\"}}")
}

impl Load for Echo {
    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        let asking = &self.clients[client];
        let expected = format!("3{}[{}]", asking.number, payload(client, asking.number));
        if packet != expected.as_bytes() {
            return Err(Fault::wrong(packet));
        }
        self.latency.saturating_record(latency::micros(asking.asked.elapsed()));
        self.answers += 1;
        self.waiting -= 1;
        if self.going {
            self.ask(client, actions);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_the_question_counts() {
        let mut load = Echo::new(1);
        load.go();
        let mut actions = Actions::default();
        let wrong = format!("32[{}]", payload(0, 1));
        assert!(load.packet(0, wrong.as_bytes(), &mut actions).is_err());
        let right = format!("31[{}]", payload(0, 1));
        load.packet(0, right.as_bytes(), &mut actions).unwrap();
        assert_eq!((load.answers(), actions.sends.len()), (1, 1));
        load.stop();
        load.packet(0, format!("32[{}]", payload(0, 2)).as_bytes(), &mut actions).unwrap();
        assert!(load.is_quiet());
    }
}
