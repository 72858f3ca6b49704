//! Handlers: async functions that name what they need.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytestring::ByteString;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{ArgsError, RawArgs};
use crate::arguments::{Arguments, One};
use crate::namespace::NamespaceRef;
use crate::reason::DisconnectReason;
use crate::socket::{EmitError, Socket};

/// A future that an adapter or a handler returns.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An event as it reaches a handler.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) name: ByteString,
    pub(crate) args: RawArgs,
    pub(crate) ack: Option<u64>,
}

/// What a handler can ask for.
pub struct Context<'a, D, S> {
    socket: &'a Socket<D>,
    state: &'a S,
    event: &'a Event,
    reason: Option<DisconnectReason>,
    rejection: Option<&'a Rejection>,
}

impl<D, S> fmt::Debug for Context<'_, D, S> {
    /// Without the arguments, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut context = f.debug_struct("Context");
        context.field("socket", &self.socket).field("event", &self.event.name);
        context.finish_non_exhaustive()
    }
}

impl<'a, D, S> Context<'a, D, S> {
    pub(crate) fn new(socket: &'a Socket<D>, state: &'a S, event: &'a Event) -> Self {
        Self { socket, state, event, reason: None, rejection: None }
    }

    pub(crate) fn with_reason(self, reason: DisconnectReason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    pub(crate) fn with_rejection(self, rejection: &'a Rejection) -> Self {
        Self { rejection: Some(rejection), ..self }
    }
}

/// A handler was not called because what it asks for is not there.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The arguments are not of its type.
    #[error(transparent)]
    Args(#[from] ArgsError),
    /// Only disconnect handlers can ask for a reason.
    #[error("there is no disconnect reason outside of a disconnect handler")]
    NoReason,
    /// Only handlers of invalid events can ask what is wrong.
    #[error("there is nothing wrong outside of a handler of invalid events")]
    NotInvalid,
}

/// Something that a handler can name as an argument.
pub trait FromContext<D, S>: Sized {
    /// Takes it from the context.
    ///
    /// # Errors
    /// If it is not there; then the handler is not called.
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection>;
}

impl<D: Send + Sync + 'static, S> FromContext<D, S> for Socket<D> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(context.socket.clone())
    }
}

/// The state that the namespace was made with.
#[derive(Debug, Clone)]
pub struct State<S>(pub S);

impl<D, S: Clone> FromContext<D, S> for State<S> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(Self(context.state.clone()))
    }
}

/// The first argument of the event, as a `T`; in a connect handler, the auth payload. Without
/// one, what `T` makes of `null`.
#[derive(Debug, Clone)]
pub struct Data<T>(pub T);

impl<D, S, T: DeserializeOwned> FromContext<D, S> for Data<T> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(Self(context.event.args.parse_first()?))
    }
}

impl<D, S, T: DeserializeOwned> FromContext<D, S> for Result<Data<T>, ArgsError> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(context.event.args.parse_first().map(Data))
    }
}

/// All arguments of the event, as a tuple `T`.
#[derive(Debug, Clone)]
pub struct Args<T>(pub T);

impl<D, S, T: DeserializeOwned> FromContext<D, S> for Args<T> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(Self(context.event.args.parse_all()?))
    }
}

impl<D, S> FromContext<D, S> for RawArgs {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(context.event.args.clone())
    }
}

/// The name of the event.
#[derive(Debug, Clone)]
pub struct EventName(pub ByteString);

impl<D, S> FromContext<D, S> for EventName {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(Self(context.event.name.clone()))
    }
}

impl<D, S> FromContext<D, S> for DisconnectReason {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        context.reason.ok_or(Rejection::NoReason)
    }
}

/// What is wrong with the arguments of an event, for
/// [`on_invalid`](crate::Namespace::on_invalid). It may repeat parts of them: fit for the client that
/// sent them, not for a log.
#[derive(Debug, Clone)]
pub struct Invalid(pub String);

impl<D, S> FromContext<D, S> for Invalid {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        let rejection = context.rejection.ok_or(Rejection::NotInvalid)?;
        Ok(Self(rejection.to_string()))
    }
}

impl<D: Send + Sync + 'static, S> FromContext<D, S> for NamespaceRef {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(context.socket.namespace().clone())
    }
}

/// The answer that a client may have asked for. It is sent at most once.
pub struct Ack<D = ()> {
    asked: Option<(Socket<D>, u64)>,
}

impl<D> fmt::Debug for Ack<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ack").field("is_asked", &self.asked.is_some()).finish()
    }
}

impl<D: Send + Sync + 'static> Ack<D> {
    /// Whether the client asked.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Answers with one argument, if the client asked.
    pub async fn send<T>(self, payload: &T) -> Result<(), EmitError>
    where
        T: Serialize + Sync + ?Sized,
    {
        self.send_args(One(payload)).await
    }

    /// Answers with any number of arguments, if the client asked.
    pub async fn send_args(self, args: impl Arguments) -> Result<(), EmitError> {
        let Some((socket, id)) = self.asked else { return Ok(()) };
        let packet = socket.inner.namespace.encoder().ack(id, &args)?;
        drop(args);
        socket.inner.send(packet, engineio::Delivery::Reliable).await
    }
}

impl<D: Send + Sync + 'static, S> FromContext<D, S> for Ack<D> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        let asked = context.event.ack.map(|id| (context.socket.clone(), id));
        Ok(Self { asked })
    }
}

/// An async function whose arguments are [`FromContext`]. `M` only tells the compiler which.
pub trait Handler<D, S, M>: Send + Sync + 'static {
    /// Starts the handler, or says what it lacks.
    ///
    /// # Errors
    /// What [`FromContext::from_context`] says.
    fn call(&self, context: &Context<'_, D, S>) -> Result<BoxFuture<()>, Rejection>;
}

macro_rules! handlers {
    ($($argument:ident)*) => {
        impl<D, S, F, Fut, $($argument),*> Handler<D, S, ($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = ()> + Send + 'static,
            $($argument: FromContext<D, S>,)*
        {
            fn call(&self, context: &Context<'_, D, S>) -> Result<BoxFuture<()>, Rejection> {
                Ok(Box::pin(self($($argument::from_context(context)?),*)))
            }
        }
    };
}

handlers!(A);
handlers!(A B);
handlers!(A B C);
handlers!(A B C E);
handlers!(A B C E G);
handlers!(A B C E G H);
