//! Namespaces: who may connect, and what happens then.

mod events;
mod hooks;
mod name;
mod registry;
mod request;
mod running;

use std::future::Future;
use std::sync::Arc;

use self::events::Events;
pub(crate) use self::hooks::Hooks;
pub(crate) use self::name::Name;
pub(crate) use self::registry::{Entrance, Namespaces, TooMany};
pub use self::request::ConnectRequest;
pub(crate) use self::running::Ground;
pub use self::running::NamespaceRef;
use engineio::RoomName;

use crate::event_name;
use crate::handler::{BoxFuture, Context, Handler, Refused, Rejection};
use crate::outgoing::Outgoing;
use crate::reason::DisconnectReason;
use crate::refusal::Refusal;
use crate::socket::Socket;

/// A namespace in the making. `D` is what its authentication finds out about a client, which is
/// the data of its [`Socket`]s: handlers get no socket that was not accepted. `S` is the
/// application's state, given to those who name it.
pub struct Namespace<D = (), S = ()> {
    name: Name,
    state: S,
    authenticate: Authenticate<D, S>,
    middlewares: Vec<Middleware<D, S>>,
    rooms: Option<FirstRooms<D, S>>,
    attach: Option<Attach<D, S>>,
    detach: Option<Detach<D, S>>,
    on_connect: Option<Call<D, S>>,
    on_disconnect: Option<Call<D, S>>,
    recover: Option<Recover<D>>,
    keeps_auth: bool,
    events: Events<D, S>,
    outgoing: Vec<WatchOutgoing<S>>,
}

type Authenticate<D, S> =
    Box<dyn Fn(ConnectRequest, S) -> BoxFuture<Result<D, Refusal>> + Send + Sync>;
type Middleware<D, S> =
    Arc<dyn Fn(ConnectRequest, Arc<D>, S) -> BoxFuture<Result<(), Refusal>> + Send + Sync>;
type FirstRooms<D, S> = Box<dyn Fn(&S, &D) -> Vec<RoomName> + Send + Sync>;
type Attach<D, S> = Box<dyn Fn(&S, &Socket<D>) + Send + Sync>;
type Detach<D, S> = Box<dyn Fn(&S, &Socket<D>, DisconnectReason) + Send + Sync>;
type Recover<D> = Box<dyn Fn(&Arc<D>, Arc<D>) -> Option<Arc<D>> + Send + Sync>;
type WatchOutgoing<S> = Box<dyn Fn(&S, &Outgoing<'_>) + Send + Sync>;
type Call<D, S, O = ()> =
    Box<dyn Fn(&Context<'_, D, S>) -> Result<BoxFuture<O>, Rejection> + Send + Sync>;

impl<S: Clone + Send + Sync + 'static> Namespace<(), S> {
    /// A namespace that everyone may connect to.
    pub fn open(path: impl Into<String>, state: S) -> Self {
        Self::guarded(path, state, |_request, _state| async { Ok(()) })
    }

    /// Namespaces that everyone may connect to, made for those whose names match:
    /// [`guarded_matching`](Self::guarded_matching) says when, and for how long.
    pub fn matching(pattern: impl Fn(&str) -> bool + Send + Sync + 'static, state: S) -> Self {
        Self::guarded_matching(pattern, state, |_request, _state| async { Ok(()) })
    }
}

impl<D, S> Namespace<D, S>
where
    D: Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    /// A namespace whose `authenticate` decides before anything else can happen: until it has
    /// accepted a client, no handler is called for it, it is in no room and gets no broadcast. If
    /// the client leaves while it decides, it is dropped where it waits, and nothing remains.
    pub fn guarded<F, Fut>(path: impl Into<String>, state: S, authenticate: F) -> Self
    where
        F: Fn(ConnectRequest, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, Refusal>> + Send + 'static,
    {
        Self::new(Name::Exactly(path.into().into()), state, authenticate)
    }

    /// Namespaces that are made when somebody is in them: socket.io's dynamic ones. `pattern` is told
    /// the name that a client asks for, with its slash (a regular expression, say, that it has to
    /// match), `authenticate` decides on the client, and
    /// [`ConnectRequest::namespace`] tells it the name. All that is set here is set for each of them.
    ///
    /// A namespace of this name that the server was built with comes first, and then patterns in the
    /// order in which they were added. The namespace is made once the first client was let in, with
    /// [`attach`](Self::attach) or a handler as the first to see it; those who come meanwhile are let
    /// into the same. It is removed when the last socket has ended and, with
    /// [`recoverable`](Self::recoverable), nobody can come back to what was sent any more.
    ///
    /// Names are at most 256 bytes long: a longer one matches no pattern. There are as many
    /// namespaces at a time as [`Builder::max_dynamic_namespaces`](crate::Builder::max_dynamic_namespaces) says; past it those
    /// go first that are only there for who may come back, and then clients get `connect_error`
    /// "Too many namespaces". A `pattern` must not block; if it panics, the name does not match.
    pub fn guarded_matching<F, Fut>(
        pattern: impl Fn(&str) -> bool + Send + Sync + 'static,
        state: S,
        authenticate: F,
    ) -> Self
    where
        F: Fn(ConnectRequest, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, Refusal>> + Send + 'static,
    {
        Self::new(Name::Matching(Box::new(pattern)), state, authenticate)
    }

    fn new<F, Fut>(name: Name, state: S, authenticate: F) -> Self
    where
        F: Fn(ConnectRequest, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<D, Refusal>> + Send + 'static,
    {
        Self {
            name,
            state,
            authenticate: Box::new(move |request, state| Box::pin(authenticate(request, state))),
            middlewares: Vec::new(),
            rooms: None,
            attach: None,
            detach: None,
            on_connect: None,
            on_disconnect: None,
            recover: None,
            keeps_auth: false,
            events: Events::default(),
            outgoing: Vec::new(),
        }
    }

    /// Decides on a client after `authenticate` and the middlewares that were added before, with
    /// what was found out about the client so far; socket.io's `namespace.use`. The first to refuse
    /// ends it: those that come after it are not asked. They decide again when a client comes back
    /// to be recovered, and share the deadline of `authenticate`
    /// ([`Builder::handler_timeout`](crate::Builder::handler_timeout)).
    pub fn middleware<F, Fut>(mut self, middleware: F) -> Self
    where
        F: Fn(ConnectRequest, Arc<D>, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.middlewares
            .push(Arc::new(move |request, data, state| Box::pin(middleware(request, data, state))));
        self
    }

    /// Keeps the auth payloads of clients for [`Socket::auth`]. Without it they are gone once the
    /// connect handler was called: most applications take from them what they need when they
    /// authenticate, and what is left is bytes for each client, and secrets.
    pub fn keep_auth(mut self) -> Self {
        self.keeps_auth = true;
        self
    }

    /// The rooms that a new socket is in from its first moment, besides that of its own id: whatever
    /// is sent to them after the CONNECT reply, it gets. One that is recovered has the rooms that it
    /// had before instead. Called on the session's own task; it must not block.
    pub fn rooms(
        mut self,
        rooms: impl Fn(&S, &D) -> Vec<RoomName> + Send + Sync + 'static,
    ) -> Self {
        self.rooms = Some(Box::new(rooms));
        self
    }

    /// Called on the session's own task right after acceptance, before the CONNECT reply is sent.
    /// Together with [`detach`](Self::detach), which is called exactly once for each `attach`, it
    /// keeps a register of sockets in which there can be no ghosts. It must not block.
    pub fn attach(mut self, attach: impl Fn(&S, &Socket<D>) + Send + Sync + 'static) -> Self {
        self.attach = Some(Box::new(attach));
        self
    }

    /// Called on the session's own task as soon as a socket has ended, whatever the cause. It must
    /// not block.
    pub fn detach(
        mut self,
        detach: impl Fn(&S, &Socket<D>, DisconnectReason) + Send + Sync + 'static,
    ) -> Self {
        self.detach = Some(Box::new(detach));
        self
    }

    /// Switches connection state recovery on: a client that comes back within
    /// [`RecoveryBounds::max_disconnection`](crate::RecoveryBounds) after its transport was closed
    /// gets back its socket, with id and rooms, and what was sent to it meanwhile, in order and once.
    ///
    /// `is_the_same` is told what authentication had found out about the client before and what it
    /// finds out now, and says what the data of the socket are from now on. `None`: this is another
    /// client, who gets a socket of its own. A stock client that signs in as somebody else still
    /// asks for the socket that it had before, so look at who they are.
    ///
    /// Every reliable event without an ack gets one more argument for this, a string, at its end.
    /// Volatile events and [`latest`](crate::Operator::latest) ones are not kept. Not recovered are sockets
    /// that either side has ended, and those of clients that were too slow or broke the protocol.
    pub fn recoverable(
        mut self,
        is_the_same: impl Fn(&Arc<D>, Arc<D>) -> Option<Arc<D>> + Send + Sync + 'static,
    ) -> Self {
        self.recover = Some(Box::new(is_the_same));
        self
    }

    /// Called after the CONNECT reply and before the first event.
    pub fn on_connect<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.on_connect = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Called when a socket has ended. It does not wait for a handler that is still running.
    pub fn on_disconnect<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.on_disconnect = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Called instead of an event's handler, with the same event, when its arguments are not what
    /// that handler takes. [`Invalid`](crate::Invalid) says what is wrong with them.
    pub fn on_invalid<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.events.on_invalid = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Called for every event of a client, whatever becomes of it, before anything else is; in the
    /// order in which they were added. socket.io's `onAny`. [`EventName`](crate::EventName) and
    /// [`RawArgs`](crate::RawArgs) say what it is.
    ///
    /// All who see an event are called one after another, each when the one before has ended, and
    /// have [one deadline](crate::Builder::handler_timeout) together: those of `on_any`, then the
    /// [packet middlewares](Self::packet_middleware), then the event's handler and the socket's own
    /// [listeners](Socket::on).
    pub fn on_any<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.events.on_any.push(Box::new(move |context| handler.call(context)));
        self
    }

    /// Called for every event that is sent to sockets of the namespace, in the order in which they
    /// were added; socket.io's `onAnyOutgoing`. Once for each event and not for each socket that gets
    /// it, on this node, by whoever sends it and before it is on its way: it must not block. Acks, and
    /// what is sent again to a client that comes back, are no events.
    ///
    /// It costs a second encoding of each event, and nothing where it is not used.
    pub fn on_any_outgoing(
        mut self,
        watch: impl Fn(&S, &Outgoing<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.outgoing.push(Box::new(watch));
        self
    }

    /// Decides on every event of a client before it is handled, in the order in which they were
    /// added: socket.io's `socket.use`. It may ask for what any handler may. An event that is refused
    /// is not handled, nor told to the middlewares that come after; the socket goes on. The client is
    /// told nothing, and an ack that it asks for is not sent, unless [`on_refused`](Self::on_refused)
    /// does it.
    pub fn packet_middleware<M>(
        mut self,
        middleware: impl Handler<D, S, M, Result<(), Refused>>,
    ) -> Self {
        self.events.middlewares.push(Box::new(move |context| middleware.call(context)));
        self
    }

    /// Called instead of an event's handler, with the same event, when a packet middleware has
    /// refused it: what socket.io tells the socket's `error` listeners. [`Refused`] says why.
    pub fn on_refused<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.events.on_refused = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Handles the events that nothing else handles, neither of the namespace nor of the socket.
    pub fn fallback<M>(mut self, handler: impl Handler<D, S, M>) -> Self {
        self.events.fallback = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Handles an event. Events without a handler are ignored, unless there is a
    /// [`fallback`](Self::fallback); one whose arguments are not what
    /// its handler takes is logged and, without [`on_invalid`](Self::on_invalid), ignored: an ack
    /// that the client asks for is not sent.
    ///
    /// # Panics
    /// If the event has a handler already, or its name is reserved (`connect` and the like): it
    /// would never be called.
    pub fn on<M>(mut self, event: impl Into<String>, handler: impl Handler<D, S, M>) -> Self {
        let event = event.into();
        assert!(!event_name::is_reserved(&event), "the name {event:?} is reserved");
        assert!(
            !self.events.handlers.contains_key(&event),
            "the event {event:?} has two handlers in {}",
            self.name
        );
        self.events.handlers.insert(event, Box::new(move |context| handler.call(context)));
        self
    }
}

/// Starts a handler, if it gets what it takes.
fn start<D, S>(call: &Call<D, S>, context: &Context<'_, D, S>) -> Option<BoxFuture<()>> {
    let handler = call(context).ok();
    if handler.is_none() {
        not_handled(context.event_name());
    }
    handler
}

fn not_handled(event: &str) {
    // The reason would repeat what the client sent, which may be a secret.
    tracing::debug!(event, "not handled: the arguments are not what the handler takes");
}
