//! One session: packets in, handlers out, in order.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use bytestring::ByteString;
use engineio::{CloseReason, Delivery, Handshake, Message, Packet, Session, Share};
use futures_util::FutureExt;
use tokio::time::Sleep;

use crate::args::RawArgs;
use crate::clock;
use crate::decode::{self, Incoming, Kind};
use crate::encode::Prefix;
use crate::handler::{BoxFuture, Event};
use crate::namespace::{ConnectRequest, NamespaceRef};
use crate::reason::DisconnectReason;
use crate::refusal::Refusal;
use crate::server::Shared;
use crate::socket::SocketInner;

/// The Socket.IO side of one session. At rest it holds its sockets and nothing else.
pub(crate) struct SocketConnection {
    shared: Arc<Shared>,
    session: Session,
    handshake: Arc<Handshake>,
    members: Vec<Member>,
    /// What has arrived and still has to be dealt with, in order.
    waiting: VecDeque<Waiting>,
    /// What is being dealt with.
    current: Option<Current>,
    /// Disconnect handlers, which wait for nobody.
    farewells: Vec<BoxFuture<()>>,
    /// A packet whose attachments are still to come.
    partial: Option<Box<Partial>>,
    /// Until a namespace is connected.
    connect_deadline: Option<Pin<Box<Sleep>>>,
    closed: bool,
}

/// The client's place in one namespace.
struct Member {
    namespace: NamespaceRef,
    state: MemberState,
}

enum MemberState {
    /// Its CONNECT waits, or is being decided.
    Connecting,
    Connected(Arc<SocketInner>),
    /// The server has ended the socket; what the client sends before it knows is dropped.
    EndedByServer,
}

enum Waiting {
    Connect {
        namespace: NamespaceRef,
        auth: RawArgs,
    },
    /// CONNECT to a namespace that does not exist.
    Unknown(ByteString),
    /// An event of a socket; without one, of a CONNECT that waits before it.
    Event {
        namespace: NamespaceRef,
        socket: Option<Arc<SocketInner>>,
        event: Event,
    },
}

enum Current {
    Handler(BoxFuture<()>),
    Connect { namespace: NamespaceRef, auth: RawArgs, decision: BoxFuture<(Decision, Share)> },
}

type Decision = Result<Arc<dyn std::any::Any + Send + Sync>, Refusal>;

struct Partial {
    packet: Incoming,
    binaries: Vec<Bytes>,
}

/// Room that is asked for the packets that answer a CONNECT.
const REPLY_BYTES: usize = 256;

impl SocketConnection {
    pub(crate) fn new(shared: Arc<Shared>, session: Session, handshake: Handshake) -> Self {
        let deadline = tokio::time::sleep(shared.connect_timeout);
        Self {
            shared,
            session,
            handshake: Arc::new(handshake),
            members: Vec::new(),
            waiting: VecDeque::new(),
            current: None,
            farewells: Vec::new(),
            partial: None,
            connect_deadline: Some(Box::pin(deadline)),
            closed: false,
        }
    }

    fn member(&mut self, path: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.namespace.path() == path)
    }

    fn receive(&mut self, packet: Incoming) {
        let Incoming { namespace: path, kind } = packet;
        let Some(member) = self.member(&path) else {
            return match kind {
                Kind::Connect { auth } => self.receive_connect(path, auth),
                Kind::Disconnect | Kind::Event { .. } | Kind::Ack { .. } => self.parse_error(),
            };
        };
        match (kind, &member.state) {
            (Kind::Connect { auth }, MemberState::EndedByServer) => {
                self.members.retain(|member| member.namespace.path() != &*path);
                self.receive_connect(path, auth);
            }
            (Kind::Connect { .. }, _) | (Kind::Ack { .. }, MemberState::Connecting) => {
                self.parse_error();
            }
            (Kind::Disconnect, _) => self.leave(&path),
            (_, MemberState::EndedByServer) => {}
            (Kind::Event { id, name, args, .. }, state) => {
                let socket = match state {
                    MemberState::Connected(socket) => Some(socket.clone()),
                    MemberState::Connecting | MemberState::EndedByServer => None,
                };
                let namespace = member.namespace.clone();
                let event = Event { name, args, ack: id };
                self.waiting.push_back(Waiting::Event { namespace, socket, event });
            }
            (Kind::Ack { id, args, .. }, MemberState::Connected(socket)) => {
                socket.resolve_ack(id, args);
            }
        }
    }

    fn receive_connect(&mut self, path: ByteString, auth: Option<ByteString>) {
        let Some(namespace) = self.shared.namespace(&path).cloned() else {
            return self.waiting.push_back(Waiting::Unknown(path));
        };
        let auth = auth.map(|json| RawArgs::new(json, Vec::new())).unwrap_or_default();
        let member = Member { namespace: namespace.clone(), state: MemberState::Connecting };
        self.members.push(member);
        self.waiting.push_back(Waiting::Connect { namespace, auth });
    }

    /// The client leaves a namespace.
    fn leave(&mut self, path: &str) {
        let Some(at) = self.members.iter().position(|m| m.namespace.path() == path) else { return };
        let member = self.members.swap_remove(at);
        match member.state {
            MemberState::Connected(socket) => {
                self.farewell(&socket, DisconnectReason::ClientNamespaceDisconnect);
            }
            MemberState::Connecting => self.forget_connect(path),
            MemberState::EndedByServer => {}
        }
    }

    /// Drops a CONNECT that is not decided yet, and what waits behind it.
    fn forget_connect(&mut self, path: &str) {
        self.current.take_if(
            |current| matches!(current, Current::Connect { namespace, .. } if namespace.path() == path),
        );
        self.waiting.retain(|waiting| match waiting {
            Waiting::Connect { namespace, .. } | Waiting::Event { namespace, .. } => {
                namespace.path() != path
            }
            Waiting::Unknown(_) => true,
        });
    }

    /// Ends a socket on this side, unless the server has: once, whatever the cause.
    fn farewell(&mut self, socket: &Arc<SocketInner>, reason: DisconnectReason) {
        let reason = if socket.has_ended() {
            DisconnectReason::ServerNamespaceDisconnect
        } else {
            socket.ended_by_client();
            reason
        };
        socket.drop_acks();
        let hooks = socket.namespace.hooks();
        let detached = std::panic::catch_unwind(AssertUnwindSafe(|| hooks.detach(socket, reason)));
        if detached.is_err() {
            tracing::error!(namespace = socket.namespace.path(), "a detach function panicked");
        }
        if let Some(handler) = hooks.disconnected(socket, reason) {
            self.farewells.push(self.shared.guard(handler, "disconnect"));
        }
    }

    /// Finds sockets that the server has ended. Whatever they had sent is dropped.
    fn reap(&mut self) {
        for at in 0..self.members.len() {
            let member = &mut self.members[at];
            let MemberState::Connected(socket) = &member.state else { continue };
            if !socket.has_ended() {
                continue;
            }
            let socket = socket.clone();
            member.state = MemberState::EndedByServer;
            self.forget_connect(socket.namespace.path());
            self.farewell(&socket, DisconnectReason::ServerNamespaceDisconnect);
        }
    }

    fn parse_error(&mut self) {
        self.session.close(CloseReason::ParseError);
    }

    /// Begins with the next thing that waits. Says whether there was one.
    fn start_next(&mut self) -> bool {
        let Some(next) = self.waiting.pop_front() else {
            self.waiting = VecDeque::new();
            return false;
        };
        self.current = match next {
            Waiting::Connect { namespace, auth } => Some(self.decide(namespace, auth)),
            Waiting::Unknown(path) => Some(self.refuse_unknown(&path)),
            Waiting::Event { namespace, socket, event } => {
                self.start_event(&namespace, socket, &event)
            }
        };
        true
    }

    fn decide(&self, namespace: NamespaceRef, auth: RawArgs) -> Current {
        let handshake = self.handshake.clone();
        let request = ConnectRequest { handshake, auth: auth.clone(), time: clock::now() };
        let decision = namespace.hooks().authenticate(request);
        let decision =
            AssertUnwindSafe(tokio::time::timeout(self.shared.handler_timeout, decision));
        let hub = self.session.hub().clone();
        let decision = Box::pin(async move {
            let decision = match decision.catch_unwind().await {
                Ok(Ok(decision)) => decision,
                Ok(Err(_)) => {
                    tracing::error!("authentication took too long");
                    Err(Refusal::Close)
                }
                Err(_) => {
                    tracing::error!("authentication panicked");
                    Err(Refusal::Close)
                }
            };
            (decision, hub.reserve(REPLY_BYTES).await)
        });
        Current::Connect { namespace, auth, decision }
    }

    fn refuse_unknown(&self, path: &str) -> Current {
        let packet = Prefix::of(path).connect_error("Invalid namespace", None);
        let session = self.session.clone();
        Current::Handler(Box::pin(async move {
            let share = session.hub().reserve(packet.len()).await;
            session.send(share, Packet::new(packet), Delivery::Reliable);
        }))
    }

    fn start_event(
        &mut self,
        namespace: &NamespaceRef,
        socket: Option<Arc<SocketInner>>,
        event: &Event,
    ) -> Option<Current> {
        let socket = match (socket, self.member(namespace.path()).map(|member| &member.state)) {
            (Some(socket), _) => socket,
            (None, Some(MemberState::Connected(socket))) => socket.clone(),
            (None, _) => return None,
        };
        let handler = namespace.hooks().event(&socket, event)?;
        Some(Current::Handler(self.shared.guard(handler, &event.name)))
    }

    fn poll_current(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.current {
            None => Poll::Ready(()),
            Some(Current::Handler(handler)) => {
                std::task::ready!(handler.as_mut().poll(cx));
                self.current = None;
                Poll::Ready(())
            }
            Some(Current::Connect { decision, .. }) => {
                let (decision, share) = std::task::ready!(decision.as_mut().poll(cx));
                if let Some(Current::Connect { namespace, auth, .. }) = self.current.take() {
                    self.decided(&namespace, auth, decision, share);
                }
                Poll::Ready(())
            }
        }
    }

    fn decided(
        &mut self,
        namespace: &NamespaceRef,
        auth: RawArgs,
        decision: Decision,
        share: Share,
    ) {
        match decision {
            Ok(data) => self.accept(namespace, auth, data, share),
            Err(refusal) => self.refuse(namespace, &refusal, share),
        }
    }

    fn accept(
        &mut self,
        namespace: &NamespaceRef,
        auth: RawArgs,
        data: Arc<dyn std::any::Any + Send + Sync>,
        share: Share,
    ) {
        let (session, handshake) = (self.session.clone(), self.handshake.clone());
        let socket = SocketInner::new(session, namespace.clone(), handshake, data);
        let Some(member) = self.member(namespace.path()) else { return };
        member.state = MemberState::Connected(socket.clone());
        self.connect_deadline = None;
        namespace.hooks().attach(&socket);
        let reply = Packet::new(namespace.prefix().connect(&socket.id));
        self.session.enter(share, namespace.scope(), vec![socket.id.room()], Some(reply));
        socket.attached();
        if let Some(handler) = namespace.hooks().connected(&socket, auth) {
            self.current = Some(Current::Handler(self.shared.guard(handler, "connection")));
        }
    }

    fn refuse(&mut self, namespace: &NamespaceRef, refusal: &Refusal, share: Share) {
        self.members.retain(|member| member.namespace.path() != namespace.path());
        self.forget_connect(namespace.path());
        let messages = refusal.messages(namespace.prefix());
        if !messages.is_empty() {
            self.session.send(share, Packet::sequence(messages), Delivery::Reliable);
        }
        if self.members.is_empty() {
            self.session.close(CloseReason::Forced);
        }
    }

    fn poll_farewells(&mut self, cx: &mut Context<'_>) {
        self.farewells.retain_mut(|farewell| farewell.as_mut().poll(cx).is_pending());
        if self.farewells.is_empty() {
            self.farewells = Vec::new();
        }
    }

    fn poll_connect_deadline(&mut self, cx: &mut Context<'_>) {
        if let Some(deadline) = &mut self.connect_deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            self.connect_deadline = None;
            self.session.close(CloseReason::Forced);
        }
    }
}

impl engineio::Connection for SocketConnection {
    fn on_message(&mut self, message: Message) {
        if self.closed || !self.session.is_open() {
            return;
        }
        match (message, self.partial.take()) {
            (Message::Text(text), None) => match decode::decode(&text, self.shared.bounds) {
                Ok(packet) if packet.kind.attachments() > 0 => {
                    self.partial = Some(Box::new(Partial { packet, binaries: Vec::new() }));
                }
                Ok(packet) => self.receive(packet),
                Err(_) => self.parse_error(),
            },
            (Message::Binary(binary), Some(mut partial)) => {
                partial.binaries.push(binary);
                if partial.binaries.len() < partial.packet.kind.attachments() {
                    self.partial = Some(partial);
                } else {
                    let Partial { mut packet, binaries } = *partial;
                    packet.kind.attach(binaries);
                    self.receive(packet);
                }
            }
            (Message::Text(_), Some(_)) | (Message::Binary(_), None) => self.parse_error(),
        }
    }

    fn wants_input(&self) -> bool {
        self.waiting.len() < self.shared.max_waiting
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_connect_deadline(cx);
        self.reap();
        loop {
            if self.poll_current(cx).is_pending() {
                break;
            }
            self.reap();
            if self.current.is_none() && !self.start_next() {
                break;
            }
        }
        self.poll_farewells(cx);
        if self.current.is_none() && self.farewells.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.closed = true;
        self.connect_deadline = None;
        self.partial = None;
        self.current.take_if(|current| matches!(current, Current::Connect { .. }));
        let client_left = matches!(reason, CloseReason::TransportClose | CloseReason::PingTimeout);
        self.waiting.retain(|waiting| client_left && matches!(waiting, Waiting::Event { .. }));
        for member in std::mem::take(&mut self.members) {
            if let MemberState::Connected(socket) = member.state {
                self.farewell(&socket, DisconnectReason::Session(reason));
            }
        }
    }
}
