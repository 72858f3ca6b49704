//! Namespaces: who may connect, and what happens then.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use bytestring::ByteString;
use engineio::{Handshake, Hub, Scope, Share};
use serde::de::DeserializeOwned;

use crate::adapter::{AckIds, Adapter, Local, LocalNamespace, OpenAnswers};
use crate::args::{ArgsError, RawArgs};
use crate::encode::Encoder;
use crate::event_name;
use crate::handler::{BoxFuture, Context, Event, Handler, Rejection};
use crate::operator::Operator;
use crate::parser::Parser;
use crate::reason::DisconnectReason;
use crate::recovery::Recovery;
use crate::refusal::Refusal;
use crate::socket::{AnyData, Socket, SocketInner};

/// A client asks to be let into a namespace.
#[derive(Clone)]
pub struct ConnectRequest {
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) auth: RawArgs,
    pub(crate) time: SystemTime,
}

impl fmt::Debug for ConnectRequest {
    /// Without the auth payload, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest").field("time", &self.time).finish_non_exhaustive()
    }
}

impl ConnectRequest {
    /// The request that opened the session.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// The auth payload of the client, as a `T`; without one, what `T` makes of `null`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        self.auth.parse_first()
    }

    /// When the client asked.
    pub fn time(&self) -> SystemTime {
        self.time
    }
}

/// A namespace in the making. `D` is what its authentication finds out about a client, which is
/// the data of its [`Socket`]s: handlers get no socket that was not accepted. `S` is the
/// application's state, given to those who name it.
pub struct Namespace<D = (), S = ()> {
    path: String,
    state: S,
    authenticate: Authenticate<D, S>,
    attach: Option<Attach<D, S>>,
    detach: Option<Detach<D, S>>,
    on_connect: Option<Call<D, S>>,
    on_disconnect: Option<Call<D, S>>,
    on_invalid: Option<Call<D, S>>,
    recover: Option<Recover<D>>,
    events: HashMap<String, Call<D, S>>,
}

type Authenticate<D, S> =
    Box<dyn Fn(ConnectRequest, S) -> BoxFuture<Result<D, Refusal>> + Send + Sync>;
type Attach<D, S> = Box<dyn Fn(&S, &Socket<D>) + Send + Sync>;
type Detach<D, S> = Box<dyn Fn(&S, &Socket<D>, DisconnectReason) + Send + Sync>;
type Recover<D> = Box<dyn Fn(&Arc<D>, Arc<D>) -> Option<Arc<D>> + Send + Sync>;
type Call<D, S> = Box<dyn Fn(&Context<'_, D, S>) -> Result<BoxFuture<()>, Rejection> + Send + Sync>;

impl<S: Clone + Send + Sync + 'static> Namespace<(), S> {
    /// A namespace that everyone may connect to.
    pub fn open(path: impl Into<String>, state: S) -> Self {
        Self::guarded(path, state, |_request, _state| async { Ok(()) })
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
        Self {
            path: path.into(),
            state,
            authenticate: Box::new(move |request, state| Box::pin(authenticate(request, state))),
            attach: None,
            detach: None,
            on_connect: None,
            on_disconnect: None,
            on_invalid: None,
            recover: None,
            events: HashMap::new(),
        }
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
    /// Volatile events and [`latest`](Operator::latest) ones are not kept. Not recovered are sockets
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
        self.on_invalid = Some(Box::new(move |context| handler.call(context)));
        self
    }

    /// Handles an event. Events without a handler are ignored; one whose arguments are not what
    /// its handler takes is logged and, without [`on_invalid`](Self::on_invalid), ignored: an ack
    /// that the client asks for is not sent.
    ///
    /// # Panics
    /// If the event has a handler already, or its name is reserved (`connect` and the like): it
    /// would never be called.
    pub fn on<M>(mut self, event: impl Into<String>, handler: impl Handler<D, S, M>) -> Self {
        let event = event.into();
        let path = &self.path;
        assert!(!event_name::is_reserved(&event), "the name {event:?} is reserved");
        assert!(
            !self.events.contains_key(&event),
            "the event {event:?} has two handlers in the namespace {path:?}"
        );
        self.events.insert(event, Box::new(move |context| handler.call(context)));
        self
    }
}

/// What a connection calls, whatever the types of the namespace are.
pub(crate) trait Hooks: Send + Sync {
    fn path(&self) -> &str;
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
    fn path(&self) -> &str {
        &self.path
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

/// A namespace that runs: the way to all its sockets. Cheap to clone.
#[derive(Clone)]
pub struct NamespaceRef(Arc<Running>);

struct Running {
    hooks: Box<dyn Hooks>,
    path: Arc<str>,
    encoder: Encoder,
    scope: Scope,
    hub: Hub,
    local: Local,
    adapter: Arc<dyn Adapter>,
    recovery: Option<Arc<Recovery>>,
    open_answers: Arc<OpenAnswers>,
    sockets: AtomicUsize,
}

impl fmt::Debug for NamespaceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NamespaceRef").field(&self.path()).finish()
    }
}

impl NamespaceRef {
    pub(crate) fn new(
        hooks: Box<dyn Hooks>,
        parser: Parser,
        scope: Scope,
        hub: Hub,
        local: Local,
        adapter: Arc<dyn Adapter>,
        recovery: Option<Arc<Recovery>>,
    ) -> Self {
        let path: Arc<str> = Arc::from(hooks.path());
        let recovery = recovery.filter(|_| hooks.is_recoverable());
        let open_answers = Arc::<OpenAnswers>::default();
        let here = LocalNamespace {
            scope,
            recovery: recovery.clone(),
            open_answers: open_answers.clone(),
        };
        local.add(path.clone(), here);
        Self(Arc::new(Running {
            encoder: Encoder::new(parser, &path),
            hooks,
            path,
            scope,
            hub,
            local,
            adapter,
            recovery,
            open_answers,
            sockets: AtomicUsize::new(0),
        }))
    }

    /// The name of the namespace, with its slash.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    pub(crate) fn shared_path(&self) -> Arc<str> {
        self.0.path.clone()
    }

    pub(crate) fn adapter(&self) -> &dyn Adapter {
        &*self.0.adapter
    }

    pub(crate) fn local(&self) -> &Local {
        &self.0.local
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
        self.0.hub.reserve(bytes).await
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

    pub(crate) fn hooks(&self) -> &dyn Hooks {
        &*self.0.hooks
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.0.encoder
    }

    pub(crate) fn scope(&self) -> Scope {
        self.0.scope
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }
}
