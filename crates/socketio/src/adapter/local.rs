//! The adapter of one process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use engineio::{Broadcast, Hub, Member, Packet, Position, RoomChange, Scope, Share};

use super::{Adapter, AdapterError, Answers, Broadcasting, OpenAnswers, Selection};
use crate::arguments::Arguments;
use crate::encode::{Draft, Encoder};
use crate::handler::BoxFuture;
use crate::parser::Parser;
use crate::recovery::Recovery;
use crate::remote_socket::RemoteSocket;
use crate::socket::{End, SocketInner};

/// The adapter of this process alone, and the memory that is all it needs. Other adapters carry out
/// through it what concerns the sockets of their own process. Cheap to clone.
///
/// Its questions do not fail. They are answered by the shards in their turn: their order among
/// everything else is kept, and an answer about very many sockets holds its shard up for as long as
/// it takes to list them.
#[derive(Clone)]
pub struct Local {
    hub: Hub,
    parser: Parser,
    namespaces: Arc<RwLock<HashMap<Arc<str>, LocalNamespace>>>,
}

/// What is needed to reach the sockets of one namespace.
#[derive(Clone)]
pub(crate) struct LocalNamespace {
    pub(crate) scope: Scope,
    /// Where events are kept for those who come back, if the namespace has that.
    pub(crate) recovery: Option<Arc<Recovery>>,
    pub(crate) open_answers: Arc<OpenAnswers>,
}

impl Local {
    pub(crate) fn new(hub: Hub, parser: Parser) -> Self {
        Self { hub, parser, namespaces: Arc::default() }
    }

    pub(crate) fn add(&self, path: Arc<str>, namespace: LocalNamespace) {
        let mut namespaces = self.namespaces.write().unwrap_or_else(PoisonError::into_inner);
        namespaces.insert(path, namespace);
    }

    pub(crate) fn remove(&self, path: &str) {
        let mut namespaces = self.namespaces.write().unwrap_or_else(PoisonError::into_inner);
        namespaces.remove(path);
    }

    /// A namespace that only other nodes have has no sockets here.
    fn namespace(&self, path: &str) -> Option<LocalNamespace> {
        let namespaces = self.namespaces.read().unwrap_or_else(PoisonError::into_inner);
        namespaces.get(path).cloned()
    }

    fn select(&self, sockets: Selection) -> Option<engineio::Selection> {
        let namespace = self.namespace(&sockets.namespace)?;
        Some(namespace.select(sockets))
    }

    /// An event that another node has broadcast, of the parts that [`Draft::parts`] gave there.
    ///
    /// # Errors
    /// If the name is reserved, or the arguments are nested deeper than
    /// [`Parser::MsgPack`] can say.
    pub fn event(
        &self,
        namespace: &str,
        name: &str,
        args: &impl Arguments,
    ) -> Result<Draft, serde_json::Error> {
        Encoder::new(self.parser, namespace).draft(name, args)
    }

    /// Waits for room for an operation that carries `bytes` ([`Draft::len`]).
    pub async fn reserve(&self, bytes: usize) -> Share {
        self.hub.reserve(bytes).await
    }
}

impl LocalNamespace {
    fn select(&self, sockets: Selection) -> engineio::Selection {
        let Selection { rooms, except_rooms, .. } = sockets;
        engineio::Selection { scope: self.scope, rooms, except_rooms }
    }
}

impl Adapter for Local {
    fn broadcast(&self, share: Share, operation: Broadcasting) {
        let Broadcasting { to, delivery, event } = operation;
        let Some(namespace) = self.namespace(&to.namespace) else { return };
        let to = namespace.select(to);
        let push = |to, packet: Packet, position: Option<Position>| {
            self.hub.broadcast(share, Broadcast { to, packet, delivery, position });
        };
        match namespace.recovery {
            None => push(to, event.packet(), None),
            Some(recovery) => recovery.publish(event, to, delivery, push),
        }
    }

    fn broadcast_with_ack(
        &self,
        share: Share,
        operation: Broadcasting,
        _within: Duration,
        answers: Answers,
    ) -> BoxFuture<Result<(), AdapterError>> {
        let Broadcasting { to, delivery, event } = operation;
        let Some(namespace) = self.namespace(&to.namespace) else {
            return Box::pin(async { Ok(()) });
        };
        let to = namespace.select(to);
        let open = namespace.open_answers.open(answers.clone());
        let packet = event.with_ack(open.id());
        let broadcast = Broadcast { to, packet, delivery, position: None };
        let mut recipients = self.hub.broadcast_reporting(share, broadcast);
        Box::pin(async move {
            while let Some(members) = recipients.next().await {
                answers
                    .expect(members.iter().filter_map(socket_of).map(|socket| socket.id.clone()));
            }
            answers.complete().await;
            drop(open);
            Ok(())
        })
    }

    fn change_rooms(&self, share: Share, sockets: Selection, change: RoomChange) {
        let Some(namespace) = self.namespace(&sockets.namespace) else { return };
        let sockets = namespace.select(sockets);
        match namespace.recovery {
            None => self.hub.change_rooms(share, sockets, change, None),
            Some(recovery) => {
                recovery.change_rooms(sockets, change, |sockets, change, position| {
                    self.hub.change_rooms(share, sockets, change, Some(position));
                });
            }
        }
    }

    fn disconnect(&self, sockets: Selection, close: bool) -> BoxFuture<Result<(), AdapterError>> {
        let (hub, namespace) = (self.hub.clone(), self.namespace(&sockets.namespace));
        Box::pin(async move {
            let Some(namespace) = namespace else { return Ok(()) };
            let selection = namespace.select(sockets);
            if let Some(recovery) = &namespace.recovery {
                recovery.end(selection.clone());
            }
            for found in hub.find(selection).await {
                if let Some(socket) = socket_of(&found.member) {
                    socket.end(End::new(close));
                }
            }
            Ok(())
        })
    }

    fn fetch(&self, sockets: Selection) -> BoxFuture<Result<Vec<RemoteSocket>, AdapterError>> {
        let (hub, selection) = (self.hub.clone(), self.select(sockets));
        Box::pin(async move {
            let Some(selection) = selection else { return Ok(Vec::new()) };
            let found = hub.find(selection).await.into_iter();
            Ok(found
                .filter_map(|found| {
                    Some(RemoteSocket::here(socket_of(&found.member)?, found.rooms))
                })
                .collect())
        })
    }

    fn count(&self, sockets: Selection) -> BoxFuture<Result<usize, AdapterError>> {
        let (hub, selection) = (self.hub.clone(), self.select(sockets));
        Box::pin(async move {
            match selection {
                Some(selection) => Ok(hub.count(selection).await),
                None => Ok(0),
            }
        })
    }
}

/// The socket that a member of a scope is.
pub(crate) fn socket_of(member: &Member) -> Option<Arc<SocketInner>> {
    member.0.clone().downcast().ok()
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespaces = self.namespaces.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Local").field("namespaces", &namespaces.keys()).finish_non_exhaustive()
    }
}
