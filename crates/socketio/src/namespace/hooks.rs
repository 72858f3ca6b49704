//! What a connection calls of a namespace, whatever its types.

use std::sync::Arc;

use bytestring::ByteString;

use super::name::Name;
use super::{Call, ConnectRequest, Namespace};
use crate::args::RawArgs;
use crate::handler::{BoxFuture, Context, Event};
use crate::reason::DisconnectReason;
use crate::refusal::Refusal;
use crate::socket::{AnyData, Socket, SocketInner};

/// What a connection calls, whatever the types of the namespace are.
pub(crate) trait Hooks: Send + Sync {
    fn name(&self) -> &Name;
    fn authenticate(&self, request: ConnectRequest) -> BoxFuture<Result<AnyData, Refusal>>;
    fn is_recoverable(&self) -> bool;
    /// The data of a socket that goes on, if its client is the same.
    fn recover(&self, before: &AnyData, now: &AnyData) -> Option<AnyData>;
    fn attach(&self, socket: &Arc<SocketInner>);
    fn detach(&self, socket: &Arc<SocketInner>, reason: DisconnectReason);
    fn connected(&self, socket: &Arc<SocketInner>, auth: RawArgs) -> Option<BoxFuture<()>>;
    fn disconnected(
        &self,
        socket: &Arc<SocketInner>,
        reason: DisconnectReason,
    ) -> Option<BoxFuture<()>>;
    fn event(&self, socket: &Arc<SocketInner>, event: &Event) -> Option<BoxFuture<()>>;
}

impl<D, S> Namespace<D, S>
where
    D: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    fn call(call: &Call<D, S>, context: &Context<'_, D, S>, event: &str) -> Option<BoxFuture<()>> {
        let handler = call(context).ok();
        if handler.is_none() {
            // The reason would repeat what the client sent, which may be a secret.
            tracing::debug!(event, "not handled: the arguments are not what the handler takes");
        }
        handler
    }
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
        let decision = (self.authenticate)(request, self.state.clone());
        Box::pin(async { Ok(Arc::new(decision.await?) as AnyData) })
    }

    fn is_recoverable(&self) -> bool {
        self.recover.is_some()
    }

    fn recover(&self, before: &AnyData, now: &AnyData) -> Option<AnyData> {
        let (before, now) = (before.clone().downcast().ok()?, now.clone().downcast().ok()?);
        Some(self.recover.as_ref()?(&before, now)?)
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
        Self::call(call, &Context::new(&socket, &self.state, &event), &event.name)
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
        let context = Context::new(&socket, &self.state, &event).with_reason(reason);
        Self::call(call, &context, &event.name)
    }

    fn event(&self, socket: &Arc<SocketInner>, event: &Event) -> Option<BoxFuture<()>> {
        let call = self.events.get(&*event.name)?;
        let socket = Socket::new(socket);
        let context = Context::new(&socket, &self.state, event);
        let Some(on_invalid) = &self.on_invalid else {
            return Self::call(call, &context, &event.name);
        };
        match call(&context) {
            Ok(handler) => Some(handler),
            Err(rejection) => {
                Self::call(on_invalid, &context.with_rejection(&rejection), &event.name)
            }
        }
    }
}
