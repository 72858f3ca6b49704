//! What becomes of a client's event: who sees it, who may refuse it, who handles it.

use std::collections::HashMap;
use std::sync::Arc;

use super::Call;
use crate::handler::{BoxFuture, Context, Event, Refused, Rejection};
use crate::socket::{Socket, SocketInner};

/// What a namespace does with events.
pub(super) struct Events<D, S> {
    pub(super) handlers: HashMap<String, Call<D, S>>,
    /// For those that nothing else handles.
    pub(super) fallback: Option<Call<D, S>>,
    pub(super) on_any: Vec<Call<D, S>>,
    pub(super) middlewares: Vec<Call<D, S, Result<(), Refused>>>,
    pub(super) on_refused: Option<Call<D, S>>,
    pub(super) on_invalid: Option<Call<D, S>>,
}

impl<D, S> Default for Events<D, S> {
    fn default() -> Self {
        Self {
            handlers: HashMap::new(),
            fallback: None,
            on_any: Vec::new(),
            middlewares: Vec::new(),
            on_refused: None,
            on_invalid: None,
        }
    }
}

impl<D, S> Events<D, S>
where
    D: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    /// Whether an event concerns more than its handler.
    pub(super) fn are_watched(&self) -> bool {
        !self.on_any.is_empty() || !self.middlewares.is_empty()
    }

    /// Begins with the handler of an event.
    pub(super) fn start(&self, context: &Context<'_, D, S>) -> Option<BoxFuture<()>> {
        let call = self.handlers.get(context.event_name()).or(self.fallback.as_ref())?;
        self.call(context, |context| call(context))
    }

    /// Calls something with an event or, if that is not what it takes, who is there for it.
    fn call(
        &self,
        context: &Context<'_, D, S>,
        call: impl FnOnce(&Context<'_, D, S>) -> Result<BoxFuture<()>, Rejection>,
    ) -> Option<BoxFuture<()>> {
        match call(context) {
            Ok(handler) => Some(handler),
            Err(rejection) => self.invalid(context, &rejection),
        }
    }

    fn invalid(&self, context: &Context<'_, D, S>, rejection: &Rejection) -> Option<BoxFuture<()>> {
        let Some(on_invalid) = &self.on_invalid else {
            super::not_handled(context.event_name());
            return None;
        };
        super::start(on_invalid, &context.invalid(rejection))
    }

    fn refused(&self, context: &Context<'_, D, S>, refused: &Refused) -> Option<BoxFuture<()>> {
        super::start(self.on_refused.as_ref()?, &context.refused(refused))
    }

    /// The way of an event on which it meets all that it concerns, one after another.
    pub(super) async fn pass(&self, state: &S, socket: Arc<SocketInner>, event: Event) {
        let event = event.shared();
        let typed = Socket::new(&socket);
        let context = || Context::new(&typed, state, &event);
        for on_any in &self.on_any {
            run(self.call(&context(), |context| on_any(context))).await;
        }
        for middleware in &self.middlewares {
            let started = middleware(&context());
            let verdict = match started {
                Ok(verdict) => verdict.await,
                Err(rejection) => return run(self.invalid(&context(), &rejection)).await,
            };
            if let Err(refused) = verdict {
                return run(self.refused(&context(), &refused)).await;
            }
        }
        let listeners = socket.listeners.take(&event.name);
        let handler = self.handlers.get(&*event.name);
        let fallback = self.fallback.as_ref().filter(|_| listeners.is_empty());
        if let Some(handler) = handler.or(fallback) {
            run(self.call(&context(), |context| handler(context))).await;
        }
        for listener in listeners {
            run(self.call(&context(), |_| listener(&socket, &event))).await;
        }
    }
}

async fn run(handler: Option<BoxFuture<()>>) {
    if let Some(handler) = handler {
        handler.await;
    }
}
