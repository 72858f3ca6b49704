//! What has arrived and still has to be dealt with, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use bytestring::ByteString;

use crate::args::RawArgs;
use crate::handler::Event;
use crate::namespace::NamespaceRef;
use crate::socket::SocketInner;

/// One thing that waits for its turn.
pub(super) enum Waiting {
    Connect {
        namespace: NamespaceRef,
        auth: RawArgs,
    },
    /// CONNECT to a namespace that there is not, or not for this client, and what it is told.
    Impossible {
        path: ByteString,
        why: &'static str,
    },
    /// An event of a socket; without one, of a CONNECT that waits before it.
    Event {
        namespace: NamespaceRef,
        socket: Option<Arc<SocketInner>>,
        event: Event,
    },
    /// Nothing more comes of this socket.
    End(Ended),
}

/// A socket that has ended and is not needed by anything that waits. Its listeners, which may hold it,
/// are let go of.
pub(super) struct Ended(pub(super) Arc<SocketInner>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.listeners.clear();
    }
}

impl Waiting {
    /// What it holds in memory, roughly, in bytes.
    fn size(&self) -> usize {
        match self {
            Self::Connect { auth, .. } => auth.size(),
            Self::Impossible { path, .. } => path.len(),
            Self::Event { event, .. } => event.name.len() + event.args.size(),
            Self::End(_) => 0,
        }
    }

    /// Whether it concerns a namespace that exists, and this one.
    pub(super) fn is_of(&self, path: &str) -> bool {
        match self {
            Self::Connect { namespace, .. } | Self::Event { namespace, .. } => {
                namespace.path() == path
            }
            Self::Impossible { .. } | Self::End(_) => false,
        }
    }
}

/// A queue that knows its size. Empty, it holds no memory.
#[derive(Default)]
pub(super) struct Queue {
    items: VecDeque<Waiting>,
    bytes: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, item: Waiting) {
        self.bytes += item.size();
        self.items.push_back(item);
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let item = self.items.pop_front();
        match &item {
            Some(item) => self.bytes -= item.size(),
            None => self.items = VecDeque::new(),
        }
        item
    }

    pub(super) fn retain(&mut self, keep: impl FnMut(&Waiting) -> bool) {
        self.items.retain(keep);
        self.bytes = self.items.iter().map(Waiting::size).sum();
    }
}
