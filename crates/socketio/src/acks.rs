//! Answers of a client that are waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::args::RawArgs;
use crate::socket::AckError;

/// The answers that one socket owes.
#[derive(Default)]
pub(crate) struct Acks(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
}

enum Answer {
    Args(RawArgs),
    /// The client is not read.
    Paused,
}

/// An answer that is waited for; no longer once this is dropped.
pub(crate) struct PendingAck<'a> {
    acks: &'a Acks,
    id: u64,
    answer: oneshot::Receiver<Answer>,
}

impl Acks {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait for an answer, which gets an id of its own.
    pub(crate) fn expect(&self) -> PendingAck<'_> {
        let (sender, answer) = oneshot::channel();
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        state.waiting.insert(id, sender);
        PendingAck { acks: self, id, answer }
    }

    /// The client has answered.
    pub(crate) fn resolve(&self, id: u64, args: RawArgs) {
        if let Some(waiting) = self.lock().waiting.remove(&id) {
            // Whoever asked may have given up.
            drop(waiting.send(Answer::Args(args)));
        }
    }

    /// Nothing is read from the client.
    pub(crate) fn pause(&self) {
        for (_, waiting) in std::mem::take(&mut self.lock().waiting) {
            drop(waiting.send(Answer::Paused));
        }
    }

    /// The socket has ended.
    pub(crate) fn end(&self) {
        self.lock().waiting = HashMap::new();
    }
}

impl PendingAck<'_> {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Waits for the answer.
    pub(crate) async fn answer(&mut self) -> Result<RawArgs, AckError> {
        match (&mut self.answer).await {
            Ok(Answer::Args(args)) => Ok(args),
            Ok(Answer::Paused) => Err(AckError::Paused),
            Err(_) => Err(AckError::Disconnected),
        }
    }
}

impl Drop for PendingAck<'_> {
    fn drop(&mut self) {
        self.acks.lock().waiting.remove(&self.id);
    }
}
