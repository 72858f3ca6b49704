//! A namespace that runs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use engineio::{Delivery, Hub, Scope, Share};

use super::hooks::Hooks;
use crate::adapter::{AckIds, Adapter, Local, LocalNamespace, OpenAnswers};
use crate::args::RawArgs;
use crate::arguments::Arguments;
use crate::encode::Encoder;
use crate::guard;
use crate::operator::Operator;
use crate::outgoing::{Outgoing, Recipients};
use crate::parser::Parser;
use crate::recovery::{Recovery, RecoveryBounds};

/// A namespace that runs: the way to all its sockets. Cheap to clone.
///
/// Of a namespace that was made by a pattern and removed since, this is the name: what is sent
/// through it reaches those who are in a namespace of this name then, if there is one.
#[derive(Clone)]
pub struct NamespaceRef(Arc<Running>);

struct Running {
    hooks: Arc<dyn Hooks>,
    path: Arc<str>,
    kind: Kind,
    encoder: Encoder,
    scope: Scope,
    ground: Arc<Ground>,
    recovery: Option<Arc<Recovery>>,
    open_answers: Arc<OpenAnswers>,
    sockets: AtomicUsize,
}

/// Since when, and for how long, a namespace is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As long as the server.
    Fixed,
    /// As long as somebody is in it.
    Made,
}

/// What all namespaces of a server stand on.
pub(crate) struct Ground {
    parser: Parser,
    hub: Hub,
    local: Local,
    adapter: Arc<dyn Adapter>,
    pub(super) recovery: Arc<Recovery>,
    next_scope: AtomicU64,
}

impl Ground {
    pub(crate) fn new(
        parser: Parser,
        hub: Hub,
        local: Local,
        adapter: Arc<dyn Adapter>,
        recovery: RecoveryBounds,
    ) -> Self {
        let recovery = Arc::new(Recovery::new(recovery));
        Self { parser, hub, local, adapter, recovery, next_scope: AtomicU64::new(0) }
    }

    /// A scope that no other namespace has, or ever had: nothing that was sent to an earlier one of
    /// the same name can concern it.
    fn scope(&self) -> Scope {
        Scope(self.next_scope.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for NamespaceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamespaceRef").field(&self.path()).finish()
    }
}

impl NamespaceRef {
    pub(super) fn new(
        hooks: Arc<dyn Hooks>,
        path: Arc<str>,
        kind: Kind,
        ground: Arc<Ground>,
    ) -> Self {
        let scope = ground.scope();
        let recovery = hooks.is_recoverable().then(|| ground.recovery.clone());
        Self(Arc::new(Running {
            encoder: Encoder::new(ground.parser, &path),
            hooks,
            path,
            kind,
            scope,
            ground,
            recovery,
            open_answers: Arc::default(),
            sockets: AtomicUsize::new(0),
        }))
    }

    /// Another one of the same name.
    pub(super) fn anew(&self) -> Self {
        let Running { hooks, path, kind, ground, .. } = &*self.0;
        Self::new(hooks.clone(), path.clone(), *kind, ground.clone())
    }

    /// From now on its sockets can be reached by its name.
    pub(super) fn open(&self) {
        let here = LocalNamespace {
            scope: self.0.scope,
            recovery: self.0.recovery.clone(),
            open_answers: self.0.open_answers.clone(),
        };
        self.local().add(self.shared_path(), here);
    }

    /// No longer: it has none.
    pub(super) fn close(&self) {
        self.local().remove(self.path());
    }

    pub(super) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The name of the namespace, with its slash.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn shared_path(&self) -> Arc<str> {
        self.0.path.clone()
    }

    pub(crate) fn adapter(&self) -> &dyn Adapter {
        &*self.0.ground.adapter
    }

    pub(crate) fn local(&self) -> &Local {
        &self.0.ground.local
    }

    pub(crate) fn recovery(&self) -> Option<&Arc<Recovery>> {
        self.0.recovery.as_ref()
    }

    pub(crate) fn open_answers(&self) -> &OpenAnswers {
        &self.0.open_answers
    }

    pub(crate) fn ack_ids(&self) -> &AckIds {
        &self.0.open_answers.ids
    }

    /// To everyone in the namespace.
    pub fn broadcast(&self) -> Operator {
        Operator::new(self.clone())
    }

    /// To a room.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Operator {
        self.broadcast().to(room)
    }

    /// The same as [`to`](Self::to): socket.io's `in`, which is no name in Rust.
    pub fn within(&self, room: impl Into<Arc<str>>) -> Operator {
        self.to(room)
    }

    /// To everyone but a room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Operator {
        self.broadcast().except(room)
    }

    /// Waits for room for an event of `bytes`, to be sent later by
    /// [`Operator::emit_reserved`] without waiting.
    pub async fn reserve(&self, bytes: usize) -> Share {
        self.hub().reserve(bytes).await
    }

    /// The number of sockets that were accepted and have not ended.
    pub fn socket_count(&self) -> usize {
        self.0.sockets.load(Ordering::Relaxed)
    }

    pub(crate) fn socket_added(&self) {
        self.0.sockets.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn socket_removed(&self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn hooks(&self) -> &Arc<dyn Hooks> {
        &self.0.hooks
    }

    /// An event is about to be sent. One that cannot be encoded will not be.
    pub(crate) fn outgoing(
        &self,
        event: &str,
        args: &impl Arguments,
        to: Recipients<'_>,
        delivery: Delivery,
    ) {
        if !self.0.hooks.watches_outgoing() {
            return;
        }
        if let Ok(args) = RawArgs::of(args) {
            let outgoing = Outgoing { event, args, to, delivery };
            guard::run("on_any_outgoing", || self.0.hooks.outgoing(&outgoing));
        }
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.0.encoder
    }

    pub(crate) fn scope(&self) -> Scope {
        self.0.scope
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.ground.hub
    }
}
