//! Handlers: async functions that name what they need.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytestring::ByteString;
use engineio::{Delivery, LatestKey};
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
    pub(crate) ack: Option<Asked>,
}

/// An answer that a client asks for.
#[derive(Clone)]
pub(crate) struct Asked {
    id: u64,
    /// Whether it has been given, for those who share it.
    is_answered: Option<Arc<AtomicBool>>,
}

impl Asked {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, is_answered: None }
    }

    /// Whether somebody else has given it.
    fn was_answered(&self) -> bool {
        self.is_answered.as_ref().is_some_and(|answered| answered.swap(true, Ordering::AcqRel))
    }
}

impl Event {
    /// The same for many, of whom one may answer it.
    pub(crate) fn shared(mut self) -> Self {
        if let Some(asked) = &mut self.ack {
            asked.is_answered = Some(Arc::default());
        }
        self
    }
}

/// What a handler can ask for.
pub struct Context<'a, D, S> {
    socket: &'a Socket<D>,
    state: &'a S,
    event: &'a Event,
    about: About<'a>,
}

/// What a handler is called for.
#[derive(Clone, Copy)]
enum About<'a> {
    Event,
    End(DisconnectReason),
    Invalid(&'a Rejection),
    Refused(&'a Refused),
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
        Self { socket, state, event, about: About::Event }
    }

    pub(crate) fn event_name(&self) -> &str {
        &self.event.name
    }

    pub(crate) fn ending(self, reason: DisconnectReason) -> Self {
        Self { about: About::End(reason), ..self }
    }

    pub(crate) fn invalid(&self, rejection: &'a Rejection) -> Self {
        Self { about: About::Invalid(rejection), ..*self }
    }

    pub(crate) fn refused(&self, refused: &'a Refused) -> Self {
        Self { about: About::Refused(refused), ..*self }
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
    /// The application's own reason: what it wants to know of a client is not so.
    #[error("{0}")]
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// Only handlers of invalid events can ask what is wrong.
    #[error("there is nothing wrong outside of a handler of invalid events")]
    NotInvalid,
    /// Only handlers of refused events can ask why.
    #[error("there is no refusal outside of a handler of refused events")]
    NotRefused,
}

impl Rejection {
    /// A reason of the application's own, for [`FromContext`] of its own types.
    pub fn other(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(reason.into())
    }
}

/// Something that a handler can name as an argument. A type of the application's own takes what it
/// needs from others, and is a guard if it rejects: the handler is not called then, but
/// [`on_invalid`](crate::Namespace::on_invalid).
///
/// ```
/// use socketio::{Context, FromContext, Namespace, Rejection, Socket};
///
/// struct User {
///     is_admin: bool,
/// }
///
/// struct Admin;
///
/// impl<S> FromContext<User, S> for Admin {
///     fn from_context(context: &Context<'_, User, S>) -> Result<Self, Rejection> {
///         let socket = Socket::<User>::from_context(context)?;
///         if socket.data().is_admin { Ok(Self) } else { Err(Rejection::other("admins only")) }
///     }
/// }
///
/// let namespace = Namespace::guarded("/", (), |_request, ()| async { Ok(User { is_admin: false }) })
///     .on("close the shop", |_admin: Admin, _socket: Socket<User>| async { /* … */ });
/// # drop(namespace);
/// ```
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
        match context.about {
            About::End(reason) => Ok(reason),
            _ => Err(Rejection::NoReason),
        }
    }
}

/// What is wrong with the arguments of an event, for
/// [`on_invalid`](crate::Namespace::on_invalid). It may repeat parts of them: fit for the client that
/// sent them, not for a log.
#[derive(Debug, Clone)]
pub struct Invalid(pub String);

impl<D, S> FromContext<D, S> for Invalid {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        match context.about {
            About::Invalid(rejection) => Ok(Self(rejection.to_string())),
            _ => Err(Rejection::NotInvalid),
        }
    }
}

/// Why a [packet middleware](crate::Namespace::packet_middleware) has refused an event: what it
/// returns, and what [`on_refused`](crate::Namespace::on_refused) is told. The client is told
/// nothing by itself.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// In words.
    pub message: String,
    /// For programs.
    pub data: Option<serde_json::Value>,
}

impl Refused {
    /// Without data.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }
}

impl<D, S> FromContext<D, S> for Refused {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        match context.about {
            About::Refused(refused) => Ok(refused.clone()),
            _ => Err(Rejection::NotRefused),
        }
    }
}

impl<D: Send + Sync + 'static, S> FromContext<D, S> for NamespaceRef {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        Ok(context.socket.namespace().clone())
    }
}

/// The answer that a client may have asked for. It is sent at most once: of several who handle one
/// event, by the first.
pub struct Ack<D = ()> {
    asked: Option<(Socket<D>, Asked)>,
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

    /// Answers with one argument that may be large, if the client asked. Like
    /// [`latest`](crate::Operator::latest) events it never makes a client too slow; while it waits
    /// it is replaced by a newer answer with the same key.
    pub async fn send_latest<T>(self, key: LatestKey, payload: &T) -> Result<(), EmitError>
    where
        T: Serialize + Sync + ?Sized,
    {
        self.deliver(One(payload), Delivery::Latest(key)).await
    }

    /// Answers with any number of arguments, if the client asked.
    pub async fn send_args(self, args: impl Arguments) -> Result<(), EmitError> {
        self.deliver(args, Delivery::Reliable).await
    }

    async fn deliver(self, args: impl Arguments, delivery: Delivery) -> Result<(), EmitError> {
        let Some((socket, asked)) = self.asked else { return Ok(()) };
        let packet = socket.inner.namespace.encoder().ack(asked.id, &args)?;
        drop(args);
        if asked.was_answered() {
            return Ok(());
        }
        socket.inner.send(packet, delivery).await
    }
}

impl<D: Send + Sync + 'static, S> FromContext<D, S> for Ack<D> {
    fn from_context(context: &Context<'_, D, S>) -> Result<Self, Rejection> {
        let asked = context.event.ack.clone();
        Ok(Self { asked: asked.map(|asked| (context.socket.clone(), asked)) })
    }
}

/// An async function whose arguments are [`FromContext`], and which returns an `O`. `M` only tells the
/// compiler which.
pub trait Handler<D, S, M, O = ()>: Send + Sync + 'static {
    /// Starts the handler, or says what it lacks.
    ///
    /// # Errors
    /// What [`FromContext::from_context`] says.
    fn call(&self, context: &Context<'_, D, S>) -> Result<BoxFuture<O>, Rejection>;
}

macro_rules! handlers {
    ($($argument:ident)*) => {
        impl<D, S, F, Fut, O, $($argument),*> Handler<D, S, ($($argument,)*), O> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = O> + Send + 'static,
            $($argument: FromContext<D, S>,)*
        {
            fn call(&self, context: &Context<'_, D, S>) -> Result<BoxFuture<O>, Rejection> {
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
