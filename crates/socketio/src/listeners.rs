//! Listeners that one socket has for itself, beside the handlers of its namespace.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::handler::{BoxFuture, Event, Rejection};
use crate::socket::SocketInner;

/// Listeners that one socket may have. Past it no more are taken.
const MAX_LISTENERS: usize = 1024;

/// Names one listener of one socket, to take it away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenerId(u64);

/// A listener was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// The name is one that no event has: it would never be called.
    #[error("the name is reserved")]
    Reserved,
    /// The socket has 1,024 listeners, which are as many as it may have.
    #[error("the socket has too many listeners")]
    TooMany,
    /// The socket has ended.
    #[error("the socket is disconnected")]
    Disconnected,
}

/// What a listener does, whatever the type of its socket's data.
pub(crate) type Call =
    dyn Fn(&Arc<SocketInner>, &Event) -> Result<BoxFuture<()>, Rejection> + Send + Sync;

/// The listeners of one socket. Most have none, and pay for a place to put them alone.
#[derive(Default)]
pub(crate) struct Listeners(OnceLock<Box<Mutex<List>>>);

#[derive(Default)]
struct List {
    listeners: Vec<Listener>,
    next: u64,
}

/// How often a listener is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Always,
}

struct Listener {
    id: ListenerId,
    event: Box<str>,
    times: Times,
    call: Arc<Call>,
}

impl Listeners {
    fn list(&self) -> Option<MutexGuard<'_, List>> {
        Some(lock(self.0.get()?))
    }

    /// Whether there are any, or ever were.
    pub(crate) fn are_used(&self) -> bool {
        self.0.get().is_some()
    }

    /// Adds one, unless `has_ended` then.
    pub(crate) fn add(
        &self,
        event: Box<str>,
        times: Times,
        call: Arc<Call>,
        has_ended: impl FnOnce() -> bool,
    ) -> Result<ListenerId, ListenError> {
        let mut list = lock(self.0.get_or_init(Box::default));
        // Asked now: whoever ends the socket looks afterwards for listeners, which may hold it.
        if has_ended() {
            return Err(ListenError::Disconnected);
        }
        if list.listeners.len() >= MAX_LISTENERS {
            return Err(ListenError::TooMany);
        }
        let id = ListenerId(list.next);
        list.next += 1;
        list.listeners.push(Listener { id, event, times, call });
        Ok(id)
    }

    /// What an event calls, in the order in which it was added. Those for one event are gone then.
    pub(crate) fn take(&self, event: &str) -> Vec<Arc<Call>> {
        let Some(mut list) = self.list() else { return Vec::new() };
        let mut calls = Vec::new();
        list.listeners.retain(|listener| {
            let is_it = *listener.event == *event;
            if is_it {
                calls.push(listener.call.clone());
            }
            !is_it || listener.times == Times::Always
        });
        calls
    }

    /// Takes those away that `unwanted` says.
    fn remove(&self, unwanted: impl Fn(&Listener) -> bool) -> usize {
        let Some(mut list) = self.list() else { return 0 };
        let gone = list.listeners.extract_if(.., |listener| unwanted(listener)).collect::<Vec<_>>();
        drop(list);
        // Without the lock: what they hold may do as it is dropped what it likes.
        gone.len()
    }

    pub(crate) fn remove_one(&self, id: ListenerId) -> bool {
        self.remove(|listener| listener.id == id) > 0
    }

    pub(crate) fn remove_of(&self, event: &str) -> usize {
        self.remove(|listener| *listener.event == *event)
    }

    pub(crate) fn clear(&self) {
        self.remove(|_| true);
    }
}

fn lock(list: &Mutex<List>) -> MutexGuard<'_, List> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
