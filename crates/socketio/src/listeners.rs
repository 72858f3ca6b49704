//! Listeners that one socket has for itself, beside the handlers of its namespace.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::event_name;
use crate::handler::{BoxFuture, Context, Event, Handler, Rejection};
use crate::socket::{Socket, SocketInner};

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

impl<D: Send + Sync + 'static> Socket<D> {
    /// Handles an event of this socket alone, after the namespace's handler of it, if that has one,
    /// and after the listeners that were added before; socket.io's `socket.on`. It may ask for all
    /// that a handler may but the state of the namespace. Events that have come already and wait for
    /// their turn are heard as well.
    ///
    /// Listeners are called until they are taken away, or the socket has ended and what it had sent
    /// was handled.
    ///
    /// # Errors
    /// If the name is reserved (`connect` and the like), if the socket has 1,024 listeners, or has
    /// ended.
    pub fn on<M>(
        &self,
        event: impl Into<Box<str>>,
        handler: impl Handler<D, (), M>,
    ) -> Result<ListenerId, ListenError> {
        self.listen(event.into(), Times::Always, handler)
    }

    /// The same for the next event of this name alone; socket.io's `socket.once`.
    ///
    /// # Errors
    /// Like [`on`](Self::on).
    pub fn once<M>(
        &self,
        event: impl Into<Box<str>>,
        handler: impl Handler<D, (), M>,
    ) -> Result<ListenerId, ListenError> {
        self.listen(event.into(), Times::Once, handler)
    }

    fn listen<M>(
        &self,
        event: Box<str>,
        times: Times,
        handler: impl Handler<D, (), M>,
    ) -> Result<ListenerId, ListenError> {
        if event_name::is_reserved(&event) {
            return Err(ListenError::Reserved);
        }
        let call = move |inner: &Arc<SocketInner>, event: &Event| {
            handler.call(&Context::new(&Self::new(inner), &(), event))
        };
        self.inner.listeners.add(event, times, Arc::new(call), || self.inner.has_ended())
    }

    /// Takes a listener away. Says whether it was there.
    pub fn off(&self, listener: ListenerId) -> bool {
        self.inner.listeners.remove_one(listener)
    }

    /// Takes all listeners of an event away, and says how many. The handlers of the namespace stay.
    pub fn off_all(&self, event: &str) -> usize {
        self.inner.listeners.remove_of(event)
    }
}

/// What a listener does, whatever the type of its socket's data.
type Call = dyn Fn(&Arc<SocketInner>, &Event) -> Result<BoxFuture<()>, Rejection> + Send + Sync;

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
enum Times {
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
    fn add(
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

    fn remove_one(&self, id: ListenerId) -> bool {
        self.remove(|listener| listener.id == id) > 0
    }

    fn remove_of(&self, event: &str) -> usize {
        self.remove(|listener| *listener.event == *event)
    }

    pub(crate) fn clear(&self) {
        self.remove(|_| true);
    }
}

fn lock(list: &Mutex<List>) -> MutexGuard<'_, List> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
