//! Where letters go: one mailbox for each node.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::mpsc;

use super::wire::Letter;

/// Letters that may wait for a node; what comes past it is lost.
const MAILBOX: usize = 1024;

/// The mailboxes of all nodes. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Exchange {
    nodes: Arc<Mutex<Vec<Mailbox>>>,
    pub(super) fault: Option<Fault>,
}

/// What an adapter may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    SendsTwice,
    LosesOne,
    ForgetsWhomToExcept,
    SwapsLetters,
    ForgetsToSayWhoWasAsked,
    LosesAnswers,
    CountsWithoutOthers,
    FindsOnlyItsOwn,
    DisconnectsOnlyItsOwn,
    WaitsForThoseWhoHaveLeft,
}

impl Fault {
    pub(super) const ALL: [Self; 10] = [
        Self::SendsTwice,
        Self::LosesOne,
        Self::ForgetsWhomToExcept,
        Self::SwapsLetters,
        Self::ForgetsToSayWhoWasAsked,
        Self::LosesAnswers,
        Self::CountsWithoutOthers,
        Self::FindsOnlyItsOwn,
        Self::DisconnectsOnlyItsOwn,
        Self::WaitsForThoseWhoHaveLeft,
    ];
}

struct Mailbox {
    letters: mpsc::Sender<Vec<u8>>,
    state: State,
    /// A letter that is held back.
    held: Option<Vec<u8>>,
}

#[derive(PartialEq, Eq)]
enum State {
    Here,
    CutOff,
    Left,
}

impl Exchange {
    pub(super) fn with(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mailbox>> {
        self.nodes.lock().unwrap()
    }

    /// A new node: its number, and the letters that it gets.
    pub(super) fn open(&self) -> (usize, mpsc::Receiver<Vec<u8>>) {
        let (letters, mailbox) = mpsc::channel(MAILBOX);
        let mut nodes = self.lock();
        nodes.push(Mailbox { letters, state: State::Here, held: None });
        (nodes.len() - 1, mailbox)
    }

    /// The other nodes that belong to the cluster, as far as anybody knows.
    pub(super) fn peers(&self, node: usize) -> Vec<usize> {
        let nodes = self.lock();
        let here = |peer: &usize| {
            let waits = self.fault == Some(Fault::WaitsForThoseWhoHaveLeft);
            *peer != node && (waits || nodes[*peer].state != State::Left)
        };
        (0..nodes.len()).filter(here).collect()
    }

    pub(super) fn cut(&self, node: usize) {
        self.lock()[node].state = State::CutOff;
    }

    pub(super) fn leave(&self, node: usize) {
        self.lock()[node].state = State::Left;
    }

    pub(super) fn send(&self, from: usize, to: usize, letter: &Letter) {
        let bytes = serde_json::to_vec(letter).unwrap();
        let mut nodes = self.lock();
        if nodes[from].state == State::CutOff || nodes[to].state == State::CutOff {
            return;
        }
        let mailbox = &mut nodes[to];
        let deliver = |bytes| drop(mailbox.letters.try_send(bytes));
        let is_event = matches!(letter, Letter::Broadcast(_));
        match self.fault.filter(|_| is_event) {
            Some(Fault::SendsTwice) => {
                deliver(bytes.clone());
                deliver(bytes);
            }
            Some(Fault::LosesOne) if mailbox.held.is_none() => mailbox.held = Some(bytes),
            Some(Fault::SwapsLetters) => match mailbox.held.take() {
                None => mailbox.held = Some(bytes),
                Some(held) => {
                    deliver(bytes);
                    deliver(held);
                }
            },
            _ => deliver(bytes),
        }
    }
}
