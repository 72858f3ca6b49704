//! Answers of a client that are waited for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::args::RawArgs;
use crate::socket::AckError;

/// The answers that one socket owes.
#[derive(Default)]
pub(crate) struct Acks(Mutex<Waiting>);

type Waiting = HashMap<u64, oneshot::Sender<Answer>>;

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
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait for the answer with this id.
    pub(crate) fn expect(&self, id: u64) -> PendingAck<'_> {
        let (sender, answer) = oneshot::channel();
        self.lock().insert(id, sender);
        PendingAck { acks: self, id, answer }
    }

    /// The client has answered. Gives the answer back if nobody waits for it here.
    pub(crate) fn resolve(&self, id: u64, args: RawArgs) -> Option<RawArgs> {
        let Some(waiting) = self.lock().remove(&id) else { return Some(args) };
        // Whoever asked may have given up.
        drop(waiting.send(Answer::Args(args)));
        None
    }

    /// Nothing is read from the client.
    pub(crate) fn pause(&self) {
        for (_, waiting) in std::mem::take(&mut *self.lock()) {
            drop(waiting.send(Answer::Paused));
        }
    }

    /// The socket has ended.
    pub(crate) fn end(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        drop(waiting);
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
        self.acks.lock().remove(&self.id);
    }
}
