//! The sockets whose clients may come back, by the secret that names them.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use engineio::{Membership, Scope, Session};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::socket::{AnyData, SocketInner};
use crate::socket_id::SocketId;

/// The secret by which a client gets its socket back: 20 characters that are never shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pid([u8; 15]);

impl Pid {
    /// Draws a name.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, without which nothing here is safe.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 15];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        Self(bytes)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 15];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == bytes.len()).then_some(Self(bytes))
    }

    /// The name as its client sees it.
    pub(crate) fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pid(secret)")
    }
}

/// What remains of a socket while its client is away.
pub(crate) struct Detached {
    pub(crate) id: SocketId,
    pub(crate) data: AnyData,
    pub(crate) membership: Membership,
    since: Instant,
}

impl Detached {
    pub(super) fn new(mut membership: Membership, socket: &SocketInner, since: Instant) -> Self {
        // The socket that has ended is not needed any more, and it holds its session.
        membership.forget_member();
        Self { id: socket.id.clone(), data: socket.data.clone(), membership, since }
    }
}

impl fmt::Debug for Detached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detached").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where a socket is.
#[derive(Debug)]
pub(super) enum Place {
    /// It has a session, or that is about to go.
    Live(Arc<SocketInner>),
    /// Its session is about to go, and another one waits for that.
    Awaited(oneshot::Sender<Detached>),
    Detached(Box<Detached>),
}

/// What a client that has come back finds.
#[derive(Debug)]
pub(super) enum Claim {
    Detached(Box<Detached>),
    Live { session: Session, detached: oneshot::Receiver<Detached> },
}

/// Places of sockets. What is taken out is returned, to be dropped without the lock of all: the
/// application's data may do as they are dropped what they like.
#[derive(Debug)]
pub(super) struct Places {
    by_pid: HashMap<Pid, Place>,
    /// Since when sockets are detached, the longest ago first, and those that no longer are.
    order: VecDeque<(Instant, Pid)>,
    detached: usize,
    max_age: Duration,
    max_detached: usize,
}

impl Places {
    pub(super) fn new(max_age: Duration, max_detached: usize) -> Self {
        let (by_pid, order) = (HashMap::new(), VecDeque::new());
        Self { by_pid, order, detached: 0, max_age, max_detached }
    }

    fn remove(&mut self, pid: &Pid) -> Option<Place> {
        let place = self.by_pid.remove(pid);
        self.detached -= usize::from(matches!(place, Some(Place::Detached(_))));
        place
    }

    fn insert(&mut self, pid: Pid, place: Place) {
        self.detached += usize::from(matches!(place, Place::Detached(_)));
        self.by_pid.insert(pid, place);
    }

    pub(super) fn register(&mut self, pid: Pid, socket: Arc<SocketInner>) {
        self.insert(pid, Place::Live(socket));
    }

    /// Takes a socket out for good.
    pub(super) fn forget(&mut self, pid: &Pid) -> Option<Place> {
        self.remove(pid)
    }

    /// Keeps a socket for its client, or hands it to the one that waits for it. Returns what is not
    /// needed any more.
    pub(super) fn detach(&mut self, pid: Pid, detached: Detached, now: Instant) -> Vec<Place> {
        let before = self.remove(&pid);
        let (unclaimed, mut gone) = match before {
            // Who waited may have given up.
            Some(Place::Awaited(waiting)) => (waiting.send(detached).err(), Vec::new()),
            before => (Some(detached), Vec::from_iter(before)),
        };
        if let Some(detached) = unclaimed {
            self.order.push_back((detached.since, pid));
            self.insert(pid, Place::Detached(Box::new(detached)));
        }
        self.expire(now, &mut gone);
        gone
    }

    /// Forgets those who were away for too long, and the first ones of too many.
    fn expire(&mut self, now: Instant, gone: &mut Vec<Place>) {
        while let Some((since, pid)) = self.order.front().copied() {
            let is_there = matches!(
                self.by_pid.get(&pid), Some(Place::Detached(detached)) if detached.since == since
            );
            let too_long = now.duration_since(since) > self.max_age;
            if is_there && !too_long && self.detached <= self.max_detached {
                return;
            }
            self.order.pop_front();
            if is_there {
                gone.extend(self.remove(&pid));
            }
        }
    }

    /// Looks for the socket of a client that has come back, which must be one of the same namespace
    /// and of the same client.
    pub(super) fn claim(
        &mut self,
        pid: Pid,
        scope: Scope,
        is_the_same: impl Fn(&AnyData) -> bool,
        now: Instant,
    ) -> Option<Claim> {
        match self.by_pid.get(&pid)? {
            Place::Live(socket) => {
                if socket.namespace.scope() != scope || !is_the_same(&socket.data) {
                    return None;
                }
                let session = socket.session.clone();
                let (sender, detached) = oneshot::channel();
                self.insert(pid, Place::Awaited(sender));
                Some(Claim::Live { session, detached })
            }
            Place::Detached(detached) => {
                if detached.membership.scope() != scope || !is_the_same(&detached.data) {
                    return None;
                }
                let in_time = now.duration_since(detached.since) <= self.max_age;
                match self.remove(&pid) {
                    Some(Place::Detached(detached)) if in_time => Some(Claim::Detached(detached)),
                    _ => None,
                }
            }
            // It has come back twice: this one is new, and the other one was first.
            Place::Awaited(_) => None,
        }
    }
}
