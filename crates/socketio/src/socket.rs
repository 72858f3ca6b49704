//! One client in one namespace.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use engineio::{
    CloseReason, Delivery, Handshake, Message, Packet, RoomName, Selection, Session, SessionKey,
    TransportKind,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::acks::Acks;
use crate::args::{ArgsError, RawArgs};
use crate::arguments::{Arguments, One};
use crate::encode::Draft;
use crate::listeners::Listeners;
use crate::namespace::NamespaceRef;
use crate::operator::Operator;
use crate::outgoing::Recipients;
use crate::recovery::Pid;
use crate::refusal::LastEvent;
use crate::socket_id::SocketId;

/// A packet was not sent.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The payload cannot be written as JSON.
    #[error("the payload cannot be encoded: {0}")]
    Encode(#[from] serde_json::Error),
    /// The socket has ended.
    #[error("the socket is disconnected")]
    Disconnected,
}

/// No answer came.
#[derive(Debug, thiserror::Error)]
pub enum AckError {
    /// The packet was not sent.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The client did not answer in time.
    #[error("the client did not answer in time")]
    Timeout,
    /// The socket ended before the client answered.
    #[error("the socket was disconnected")]
    Disconnected,
    /// So many events of the client wait that nothing is read from it: its answer could not be.
    #[error("the client is not being read")]
    Paused,
    /// The answer is not what is expected.
    #[error("the answer cannot be decoded: {0}")]
    Decode(#[from] crate::ArgsError),
}

/// One client in one namespace; `D` is what the namespace's authentication found out about it.
/// Cheap to clone. What is sent through it after it has ended is not delivered, and says so.
pub struct Socket<D = ()> {
    pub(crate) inner: Arc<SocketInner>,
    data: Arc<D>,
}

impl<D> Clone for Socket<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), data: self.data.clone() }
    }
}

impl<D> fmt::Debug for Socket<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.inner.id).finish()
    }
}

impl<D: Send + Sync + 'static> Socket<D> {
    pub(crate) fn new(inner: &Arc<SocketInner>) -> Self {
        Self::try_new(inner).expect("a namespace gives all its sockets data of its own type")
    }

    /// The socket, if its data are of this type.
    pub(crate) fn try_new(inner: &Arc<SocketInner>) -> Option<Self> {
        let data = inner.data.clone().downcast().ok()?;
        Some(Self { inner: inner.clone(), data })
    }

    /// The public id.
    pub fn id(&self) -> &SocketId {
        &self.inner.id
    }

    /// What authentication found out about the client.
    pub fn data(&self) -> &D {
        &self.data
    }

    /// The request that opened the session: its path and query, headers, and the client's address.
    pub fn handshake(&self) -> &Handshake {
        &self.inner.request.handshake
    }

    /// When the client asked to be let into the namespace; socket.io's `handshake.issued`.
    pub fn time(&self) -> SystemTime {
        self.inner.request.time
    }

    /// The auth payload that the client sent when it asked, as a `T`, if the namespace
    /// [keeps](crate::Namespace::keep_auth) it; without one, what `T` makes of `null`.
    ///
    /// # Errors
    /// If it is no `T`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        match &self.inner.request.auth {
            Some(auth) => auth.parse_first(),
            None => RawArgs::default().parse_first(),
        }
    }

    /// The session below, as an [`Observer`](crate::Observer) is told of it.
    pub fn session_key(&self) -> SessionKey {
        self.inner.session.key()
    }

    /// How its packets travel at the moment. A session that began by polling may go over to
    /// WebSocket, never back.
    pub fn transport(&self) -> TransportKind {
        self.inner.session.transport()
    }

    /// The namespace, to send to others in it.
    pub fn namespace(&self) -> &NamespaceRef {
        &self.inner.namespace
    }

    /// Whether it is one that the client had before, with its id and rooms: what the client missed
    /// meanwhile, it gets right after the CONNECT reply
    /// ([`Namespace::recoverable`](crate::Namespace::recoverable)).
    pub fn recovered(&self) -> bool {
        self.inner.recovered
    }

    /// The rooms that it is in, that of its own id included; none after its end.
    pub async fn rooms(&self) -> Vec<RoomName> {
        let hub = self.inner.session.hub();
        let mut found = hub.find(self.inner.own_room()).await;
        found.pop().map(|found| found.rooms).unwrap_or_default()
    }

    /// Whether it has not ended.
    pub fn is_connected(&self) -> bool {
        !matches!(*self.inner.lifecycle(), Lifecycle::Ended) && self.inner.session.is_open()
    }

    /// Sends an event with one argument. Waits while the server's queue is full.
    pub async fn emit<T>(&self, event: &str, payload: &T) -> Result<(), EmitError>
    where
        T: Serialize + Sync + ?Sized,
    {
        self.emit_args(event, One(payload)).await
    }

    /// Sends an event with any number of arguments.
    pub async fn emit_args(&self, event: &str, args: impl Arguments) -> Result<(), EmitError> {
        let draft = self.inner.draft(event, &args, Delivery::Reliable)?;
        drop(args);
        self.inner.emit(draft, Delivery::Reliable).await
    }

    /// Sends an event that is dropped if the transport is not writable at the moment
    /// ([`Delivery::Volatile`]).
    pub async fn emit_volatile(&self, event: &str, args: impl Arguments) -> Result<(), EmitError> {
        let draft = self.inner.draft(event, &args, Delivery::Volatile)?;
        drop(args);
        self.inner.emit(draft, Delivery::Volatile).await
    }

    /// Sends an event of which only the newest matters: it replaces one of the same key that
    /// still waits for this client, and never makes it too slow.
    pub async fn emit_latest<T>(
        &self,
        key: engineio::LatestKey,
        event: &str,
        payload: &T,
    ) -> Result<(), EmitError>
    where
        T: Serialize + Sync + ?Sized,
    {
        let draft = self.inner.draft(event, &One(payload), Delivery::Latest(key))?;
        self.inner.emit(draft, Delivery::Latest(key)).await
    }

    /// Sends an event and waits for the client's answer: its first argument, as a `T`. It fails at
    /// once while, or as soon as, so many events of the client wait that nothing is read from it.
    pub async fn emit_with_ack<T: DeserializeOwned>(
        &self,
        event: &str,
        args: impl Arguments,
        timeout: Duration,
    ) -> Result<T, AckError> {
        if self.inner.session.is_paused() {
            return Err(AckError::Paused);
        }
        let mut pending = self.inner.acks.expect(self.inner.namespace.ack_ids().next());
        let draft = self.inner.draft(event, &args, Delivery::Reliable)?;
        drop(args);
        self.inner.send(draft.with_ack(pending.id()), Delivery::Reliable).await?;
        let answer = tokio::time::timeout(timeout, pending.answer()).await;
        Ok(answer.map_err(|_| AckError::Timeout)??.parse_first()?)
    }

    /// Joins a room. A room's name may be the id of a socket, whose own room it is then: what
    /// clients choose must be told apart from ids, by a prefix for example.
    pub async fn join(&self, room: impl Into<Arc<str>>) {
        let room = room.into();
        let share = self.inner.session.hub().reserve(room.len()).await;
        self.inner.session.join(share, self.inner.namespace.scope(), vec![room]);
    }

    /// Leaves a room. The room of its own id is left at its end only.
    pub async fn leave(&self, room: impl Into<Arc<str>>) {
        let room = room.into();
        if *room == *self.inner.id.as_str() {
            return;
        }
        let share = self.inner.session.hub().reserve(room.len()).await;
        self.inner.session.leave(share, self.inner.namespace.scope(), vec![room]);
    }

    /// To all others in the namespace.
    pub fn broadcast(&self) -> Operator {
        Operator::new(self.inner.namespace.clone()).except(self.inner.id.room())
    }

    /// To all others in a room.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Operator {
        self.broadcast().to(room)
    }

    /// The same as [`to`](Self::to): socket.io's `in`, which is no name in Rust.
    pub fn within(&self, room: impl Into<Arc<str>>) -> Operator {
        self.to(room)
    }

    /// To all others in the namespace but a room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Operator {
        self.broadcast().except(room)
    }

    /// Ends the socket: the client gets a DISCONNECT and does not come back by itself. With
    /// `close` the session below ends as well, once that was delivered.
    pub fn disconnect(&self, close: bool) {
        self.inner.end(End::new(close));
    }

    /// Ends the socket and the session below, after one last event, in one packet. An event that
    /// cannot be encoded is left out.
    pub fn end_with<T: Serialize + ?Sized>(&self, event: &str, payload: &T) {
        let messages = self.inner.namespace.encoder().event_messages(event, &One(payload));
        self.inner.outgoing(event, &One(payload), Delivery::Reliable);
        self.inner.end(End { last_events: messages.unwrap_or_default(), close: true });
    }

    /// Ends the socket and the session below, after these events, all in one packet.
    pub fn end_with_all(&self, events: &[LastEvent]) {
        let encoder = self.inner.namespace.encoder();
        let last_events = events.iter().flat_map(|event| event.messages(encoder)).collect();
        self.inner.end(End { last_events, close: true });
    }

    /// Whether the client is still there: it is pinged out of turn and has `timeout` to answer. One
    /// that does not is ended as one that missed a heartbeat (`ping timeout`); if it is there after
    /// all, it comes back by itself. A client that cannot be asked counts as there: one that is not
    /// being read, or one for whose ping the server's queue has no room within `timeout`. That wait
    /// is not part of the client's own time.
    pub async fn probe(&self, timeout: Duration) -> bool {
        let session = &self.inner.session;
        let Ok(share) = tokio::time::timeout(timeout, session.hub().reserve(0)).await else {
            return session.is_open();
        };
        let answered = tokio::time::timeout(timeout, session.probe(share)).await;
        if answered.is_err() {
            session.gone(CloseReason::PingTimeout);
        }
        answered.unwrap_or(false)
    }

    /// Closes the session below without a DISCONNECT, upon which the socket ends: a stock client
    /// comes back by itself.
    pub fn close_session(&self) {
        self.inner.session.close(CloseReason::Forced);
    }
}

/// What authentication found out about a client, of whatever type.
pub(crate) type AnyData = Arc<dyn Any + Send + Sync>;

/// How a socket is called.
pub(crate) struct Identity {
    pub(crate) id: SocketId,
    pub(crate) pid: Option<Pid>,
    /// It had these names before.
    pub(crate) recovered: bool,
}

/// What its client asked with.
pub(crate) struct SocketRequest {
    /// Of the session, and of its other sockets.
    pub(crate) handshake: Arc<Handshake>,
    pub(crate) time: SystemTime,
    /// Most namespaces do not keep it.
    pub(crate) auth: Option<Box<RawArgs>>,
}

/// What sockets of all types of data have in common.
pub(crate) struct SocketInner {
    pub(crate) id: SocketId,
    /// By which the client may get it back, if the namespace has that.
    pub(crate) pid: Option<Pid>,
    recovered: bool,
    pub(crate) session: Session,
    pub(crate) namespace: NamespaceRef,
    pub(crate) request: SocketRequest,
    pub(crate) data: AnyData,
    pub(crate) acks: Acks,
    pub(crate) listeners: Listeners,
    lifecycle: Mutex<Lifecycle>,
}

/// Where a socket is between acceptance and end.
pub(crate) enum Lifecycle {
    /// It is being registered; an end that is asked for meanwhile has to wait.
    Attaching {
        end: Option<End>,
    },
    Connected,
    Ended,
}

/// How the server ends a socket.
pub(crate) struct End {
    last_events: Vec<Message>,
    close: bool,
}

impl End {
    pub(crate) fn new(close: bool) -> Self {
        Self { last_events: Vec::new(), close }
    }
}

impl fmt::Debug for SocketInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.id).finish()
    }
}

impl SocketInner {
    pub(crate) fn new(
        Identity { id, pid, recovered }: Identity,
        session: Session,
        namespace: NamespaceRef,
        request: SocketRequest,
        data: AnyData,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            pid,
            recovered,
            session,
            namespace,
            request,
            data,
            acks: Acks::default(),
            listeners: Listeners::default(),
            lifecycle: Mutex::new(Lifecycle::Attaching { end: None }),
        })
    }

    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(*self.lifecycle(), Lifecycle::Ended)
    }

    /// It is registered and its CONNECT reply is on the way: from here on it can be ended.
    pub(crate) fn attached(&self) {
        let before = std::mem::replace(&mut *self.lifecycle(), Lifecycle::Connected);
        if let Lifecycle::Attaching { end: Some(end) } = before {
            self.end(end);
        }
    }

    /// Ends the socket from the server's side. The session's task does the rest.
    pub(crate) fn end(&self, end: End) {
        let mut lifecycle = self.lifecycle();
        match &mut *lifecycle {
            Lifecycle::Attaching { end: asked } => {
                asked.get_or_insert(end);
            }
            Lifecycle::Ended => {}
            Lifecycle::Connected => {
                *lifecycle = Lifecycle::Ended;
                drop(lifecycle);
                let mut messages = end.last_events;
                messages.push(self.namespace.encoder().disconnect());
                self.session.exit(self.namespace.scope(), Some(Packet::sequence(messages)));
                if end.close {
                    self.session.close(CloseReason::Forced);
                }
                self.session.wake();
            }
        }
    }

    /// Ends the socket because the client has left the namespace.
    pub(crate) fn left_by_client(&self) {
        self.ended_with_session();
        self.session.exit(self.namespace.scope(), None);
    }

    /// Ends the socket because its session has ended. That leaves everything by itself, and behind
    /// what it was in, which nobody may take away before.
    pub(crate) fn ended_with_session(&self) {
        *self.lifecycle() = Lifecycle::Ended;
    }

    /// Encodes an event for this socket, and shows it to those who watch.
    fn draft(
        &self,
        event: &str,
        args: &impl Arguments,
        delivery: Delivery,
    ) -> Result<Draft, EmitError> {
        let draft = self.namespace.encoder().draft(event, args)?;
        self.outgoing(event, args, delivery);
        Ok(draft)
    }

    fn outgoing(&self, event: &str, args: &impl Arguments, delivery: Delivery) {
        self.namespace.outgoing(event, args, Recipients::Socket(&self.id), delivery);
    }

    /// The room of its own id.
    fn own_room(&self) -> Selection {
        let scope = self.namespace.scope();
        Selection { scope, rooms: vec![self.id.room()], except_rooms: Vec::new() }
    }

    /// Sends an event, in the order of those that are kept for recovery.
    pub(crate) async fn emit(&self, event: Draft, delivery: Delivery) -> Result<(), EmitError> {
        let Some(recovery) = self.namespace.recovery() else {
            return self.send(event.packet(), delivery).await;
        };
        let share = self.session.hub().reserve(event.len()).await;
        if self.has_ended() || !self.session.is_open() {
            return Err(EmitError::Disconnected);
        }
        recovery.publish(event, self.own_room(), delivery, |_, packet, position| {
            self.session.send_counted(share, packet, delivery, position);
        });
        Ok(())
    }

    pub(crate) async fn send(&self, packet: Packet, delivery: Delivery) -> Result<(), EmitError> {
        let share = self.session.hub().reserve(packet.len()).await;
        if self.has_ended() || !self.session.is_open() {
            return Err(EmitError::Disconnected);
        }
        self.session.send(share, packet, delivery);
        Ok(())
    }
}
