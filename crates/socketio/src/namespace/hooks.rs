//! What a connection calls of a namespace, whatever its types.

use std::sync::Arc;

use bytestring::ByteString;
use engineio::RoomName;

use super::name::Name;
use super::{ConnectRequest, Namespace, start};
use crate::args::RawArgs;
use crate::handler::{BoxFuture, Context, Event};
use crate::outgoing::Outgoing;
use crate::reason::DisconnectReason;
use crate::refusal::Refusal;
use crate::socket::{AnyData, Socket, SocketInner};

/// What a connection calls, whatever the types of the namespace are.
pub(crate) trait Hooks: Send + Sync {
    fn name(&self) -> &Name;
    fn authenticate(&self, request: ConnectRequest) -> BoxFuture<Result<AnyData, Refusal>>;
    fn is_recoverable(&self) -> bool;
    fn keeps_auth(&self) -> bool;
    /// The data of a socket that goes on, if its client is the same.
    fn recover(&self, before: &AnyData, now: &AnyData) -> Option<AnyData>;
    /// The rooms that a new socket is in, besides its own.
    fn rooms(&self, data: &AnyData) -> Vec<RoomName>;
    fn attach(&self, socket: &Arc<SocketInner>);
    fn detach(&self, socket: &Arc<SocketInner>, reason: DisconnectReason);
    fn connected(&self, socket: &Arc<SocketInner>, auth: RawArgs) -> Option<BoxFuture<()>>;
    fn disconnected(
        &self,
        socket: &Arc<SocketInner>,
        reason: DisconnectReason,
    ) -> Option<BoxFuture<()>>;
    /// Whether an event concerns more than its handler; then it [passes](Self::pass).
    fn watches_events(&self) -> bool;
    /// Starts the handler of an event.
    fn event(&self, socket: &Arc<SocketInner>, event: &Event) -> Option<BoxFuture<()>>;
    /// Takes an event to all that it concerns, the socket's own listeners included.
    fn pass(self: Arc<Self>, socket: Arc<SocketInner>, event: Event) -> BoxFuture<()>;
    /// Whether somebody wants to see what is sent.
    fn watches_outgoing(&self) -> bool;
    fn outgoing(&self, outgoing: &Outgoing<'_>);
}

impl<D, S> Hooks for Namespace<D, S>
where
    D: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    fn name(&self) -> &Name {
        &self.name
    }

    fn authenticate(&self, request: ConnectRequest) -> BoxFuture<Result<AnyData, Refusal>> {
        let (state, middlewares) = (self.state.clone(), self.middlewares.clone());
        let decision = (self.authenticate)(request.clone(), state.clone());
        Box::pin(async move {
            let data = Arc::new(decision.await?);
            for middleware in middlewares {
                middleware(request.clone(), data.clone(), state.clone()).await?;
            }
            Ok(data as AnyData)
        })
    }

    fn is_recoverable(&self) -> bool {
        self.recover.is_some()
    }

    fn keeps_auth(&self) -> bool {
        self.keeps_auth
    }

    fn recover(&self, before: &AnyData, now: &AnyData) -> Option<AnyData> {
        let (before, now) = (before.clone().downcast().ok()?, now.clone().downcast().ok()?);
        Some(self.recover.as_ref()?(&before, now)?)
    }

    fn rooms(&self, data: &AnyData) -> Vec<RoomName> {
        let rooms = self.rooms.as_ref().zip(data.downcast_ref::<D>());
        rooms.map(|(rooms, data)| rooms(&self.state, data)).unwrap_or_default()
    }

    fn attach(&self, socket: &Arc<SocketInner>) {
        if let Some(attach) = &self.attach {
            attach(&self.state, &Socket::new(socket));
        }
    }

    fn detach(&self, socket: &Arc<SocketInner>, reason: DisconnectReason) {
        if let Some(detach) = &self.detach {
            detach(&self.state, &Socket::new(socket), reason);
        }
    }

    fn connected(&self, socket: &Arc<SocketInner>, auth: RawArgs) -> Option<BoxFuture<()>> {
        let call = self.on_connect.as_ref()?;
        let event = Event { name: ByteString::from_static("connection"), args: auth, ack: None };
        let socket = Socket::new(socket);
        start(call, &Context::new(&socket, &self.state, &event))
    }

    fn disconnected(
        &self,
        socket: &Arc<SocketInner>,
        reason: DisconnectReason,
    ) -> Option<BoxFuture<()>> {
        let call = self.on_disconnect.as_ref()?;
        let name = ByteString::from_static("disconnect");
        let event = Event { name, args: RawArgs::default(), ack: None };
        let socket = Socket::new(socket);
        start(call, &Context::new(&socket, &self.state, &event).ending(reason))
    }

    fn watches_events(&self) -> bool {
        self.events.are_watched()
    }

    fn event(&self, socket: &Arc<SocketInner>, event: &Event) -> Option<BoxFuture<()>> {
        self.events.start(&Context::new(&Socket::new(socket), &self.state, event))
    }

    fn pass(self: Arc<Self>, socket: Arc<SocketInner>, event: Event) -> BoxFuture<()> {
        Box::pin(async move { self.events.pass(&self.state, socket, event).await })
    }

    fn watches_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    fn outgoing(&self, outgoing: &Outgoing<'_>) {
        for watch in &self.outgoing {
            watch(&self.state, outgoing);
        }
    }
}
