//! The namespaces of a server by their names: those that it was built with, and those that are made
//! by a pattern as soon as a client was let in, and removed when the last one has left.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engineio::Scope;
use tokio::time::Instant;

use super::hooks::Hooks;
use super::name::Name;
use super::running::{Ground, Kind, NamespaceRef};
use crate::guard;

/// Bytes that the name of a namespace may have that is made. A longer one matches no pattern.
const MAX_NAME_BYTES: usize = 256;

/// All namespaces of a server.
pub(crate) struct Namespaces {
    fixed: HashMap<Arc<str>, NamespaceRef>,
    /// In the order in which they are asked.
    patterns: Vec<Arc<dyn Hooks>>,
    made: Mutex<Made>,
    ground: Arc<Ground>,
    max_made: usize,
}

/// There are as many namespaces as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// A client's way into a namespace, which is there for as long as this is. Unless it is kept, the
/// client leaves again when this is dropped.
pub(crate) struct Entrance {
    namespaces: Arc<Namespaces>,
    namespace: NamespaceRef,
    is_kept: bool,
}

/// Those that were made.
struct Made {
    by_name: HashMap<Arc<str>, Inhabited>,
    /// Those that nobody is in, the longest empty first: as long as someone may come back to what
    /// was sent, they stay.
    empty: BTreeMap<(Instant, Scope), Arc<str>>,
    max_empty: Duration,
}

struct Inhabited {
    namespace: NamespaceRef,
    clients: usize,
    empty_since: Option<Instant>,
}

impl Namespaces {
    pub(crate) fn new(all: Vec<Arc<dyn Hooks>>, ground: Ground, max_made: usize) -> Self {
        let ground = Arc::new(ground);
        let max_empty = ground.recovery.max_disconnection();
        let (mut fixed, mut patterns) = (HashMap::new(), Vec::new());
        for hooks in all {
            let Name::Exactly(path) = hooks.name() else {
                patterns.push(hooks);
                continue;
            };
            let path = path.clone();
            let namespace = NamespaceRef::new(hooks, path.clone(), Kind::Fixed, ground.clone());
            namespace.open();
            fixed.insert(path, namespace);
        }
        let made = Made { by_name: HashMap::new(), empty: BTreeMap::new(), max_empty };
        Self { fixed, patterns, made: Mutex::new(made), ground, max_made }
    }

    /// What was made and is still needed.
    fn made(&self) -> MutexGuard<'_, Made> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.expire(Instant::now());
        made
    }

    /// A namespace that is there.
    pub(crate) fn get(&self, path: &str) -> Option<NamespaceRef> {
        if let Some(namespace) = self.fixed.get(path) {
            return Some(namespace.clone());
        }
        Some(self.made().by_name.get(path)?.namespace.clone())
    }

    /// All that are there.
    pub(crate) fn all(&self) -> Vec<NamespaceRef> {
        let made = self.made();
        let made = made.by_name.values().map(|inhabited| &inhabited.namespace);
        self.fixed.values().chain(made).cloned().collect()
    }

    /// The namespace that a client asks for: one that is there, or one that is to be made by the
    /// first pattern that its name matches, once the client [enters](Self::enter).
    pub(crate) fn find(&self, path: &str) -> Option<NamespaceRef> {
        if let Some(namespace) = self.get(path) {
            return Some(namespace);
        }
        let matches = |hooks: &&Arc<dyn Hooks>| match hooks.name() {
            Name::Matching(pattern) => guard::run("pattern", || pattern(path)).unwrap_or(false),
            Name::Exactly(_) => false,
        };
        if path.len() > MAX_NAME_BYTES {
            return None;
        }
        let hooks = self.patterns.iter().find(matches)?.clone();
        Some(NamespaceRef::new(hooks, path.into(), Kind::Made, self.ground.clone()))
    }

    /// Lets a client into a namespace that it has found. If meanwhile it was made for another
    /// client, it is that one.
    pub(crate) fn enter(self: &Arc<Self>, found: &NamespaceRef) -> Result<Entrance, TooMany> {
        let namespace = match found.kind() {
            Kind::Fixed => found.clone(),
            Kind::Made => self.made().enter(found, self.max_made)?,
        };
        Ok(Entrance { namespaces: self.clone(), namespace, is_kept: false })
    }

    /// A client that had [entered](Entrance::keep) is gone.
    pub(crate) fn leave(&self, namespace: &NamespaceRef) {
        if namespace.kind() == Kind::Made {
            self.made().leave(namespace);
        }
    }
}

impl Made {
    fn enter(&mut self, found: &NamespaceRef, max: usize) -> Result<NamespaceRef, TooMany> {
        let path = found.shared_path();
        if !self.by_name.contains_key(&path) {
            self.make_room(max)?;
        }
        let inhabited = self.by_name.entry(path).or_insert_with(|| {
            // What was found may be one that was there before and has been removed.
            let namespace = found.anew();
            namespace.open();
            Inhabited { namespace, clients: 0, empty_since: None }
        });
        inhabited.clients += 1;
        let namespace = inhabited.namespace.clone();
        if let Some(since) = inhabited.empty_since.take() {
            self.empty.remove(&(since, namespace.scope()));
        }
        Ok(namespace)
    }

    fn leave(&mut self, namespace: &NamespaceRef) {
        let Some(inhabited) = self.by_name.get_mut(namespace.path()) else { return };
        inhabited.clients -= 1;
        if inhabited.clients > 0 {
            return;
        }
        if namespace.recovery().is_none() {
            return self.remove(namespace.path());
        }
        let now = Instant::now();
        inhabited.empty_since = Some(now);
        self.empty.insert((now, namespace.scope()), namespace.shared_path());
    }

    /// One more is to be made: if there are as many as there may be, the one that has been empty for
    /// the longest time goes.
    fn make_room(&mut self, max: usize) -> Result<(), TooMany> {
        if self.by_name.len() < max {
            return Ok(());
        }
        let (_, path) = self.empty.pop_first().ok_or(TooMany)?;
        self.remove(&path);
        Ok(())
    }

    /// Removes those that nobody can come back to any more.
    fn expire(&mut self, now: Instant) {
        while let Some(first) = self.empty.first_entry()
            && now.duration_since(first.key().0) > self.max_empty
        {
            let path = first.remove();
            self.remove(&path);
        }
    }

    fn remove(&mut self, path: &str) {
        if let Some(Inhabited { namespace, .. }) = self.by_name.remove(path) {
            namespace.close();
        }
    }
}

impl Entrance {
    pub(crate) fn namespace(&self) -> &NamespaceRef {
        &self.namespace
    }

    /// The client stays, until [`Namespaces::leave`].
    pub(crate) fn keep(mut self) -> NamespaceRef {
        self.is_kept = true;
        self.namespace.clone()
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        if !self.is_kept {
            self.namespaces.leave(&self.namespace);
        }
    }
}

impl fmt::Debug for Namespaces {
    /// The names of those that are there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.made();
        f.debug_list().entries(self.fixed.keys()).entries(made.by_name.keys()).finish()
    }
}
