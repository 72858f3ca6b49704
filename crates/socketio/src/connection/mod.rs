//! One session: packets in, handlers out, in order.

mod decision;
mod ending;
mod queue;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use bytestring::ByteString;
use engineio::{CloseReason, Handshake, Membership, Message, Session};
use tokio::time::Sleep;

use crate::args::RawArgs;
use crate::decode::{self, DecodeError, Incoming, Kind};
use crate::guard::{self, Running};
use crate::handler::{Asked, BoxFuture, Event};
use crate::msgpack;
use crate::namespace::NamespaceRef;
use crate::parser::Parser;
use crate::reason::DisconnectReason;
use crate::server::Shared;
use crate::socket::SocketInner;
use decision::{Decision, INVALID, TOO_MANY};
use queue::{Queue, Waiting};

/// The Socket.IO side of one session. At rest it holds its sockets and nothing else.
pub(crate) struct SocketConnection {
    shared: Arc<Shared>,
    session: Session,
    handshake: Arc<Handshake>,
    members: Vec<Member>,
    waiting: Queue,
    /// What is being dealt with.
    current: Option<Current>,
    /// Disconnect handlers, which wait for nobody.
    farewells: Vec<Running>,
    /// Sockets whose clients may come back, once nothing of the session is left elsewhere.
    departed: Vec<Arc<SocketInner>>,
    /// A packet whose attachments are still to come.
    partial: Option<Box<Partial>>,
    /// While no namespace is connected.
    connect_deadline: Option<Pin<Box<Sleep>>>,
    /// This side has closed the session, or knows its end: what still arrives is dropped.
    is_closing: bool,
}

/// The client's place in one namespace.
struct Member {
    /// While it is connecting, perhaps one that is not there yet.
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

enum Current {
    Handler(Running),
    Connect { namespace: NamespaceRef, auth: RawArgs, decision: BoxFuture<Decision> },
}

struct Partial {
    packet: Incoming,
    binaries: Vec<Bytes>,
    bytes: usize,
}

impl Member {
    /// Whether it is connected, or may be.
    fn is_wanted(&self) -> bool {
        !matches!(self.state, MemberState::EndedByServer)
    }
}

impl SocketConnection {
    pub(crate) fn new(shared: Arc<Shared>, session: Session, handshake: Handshake) -> Self {
        Self {
            shared,
            session,
            handshake: Arc::new(handshake),
            members: Vec::new(),
            waiting: Queue::default(),
            current: None,
            farewells: Vec::new(),
            departed: Vec::new(),
            partial: None,
            connect_deadline: None,
            is_closing: false,
        }
    }

    fn member(&mut self, path: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.namespace.path() == path)
    }

    /// Ends the session from this side.
    fn close(&mut self, reason: CloseReason) {
        self.is_closing = true;
        self.session.close(reason);
    }

    /// Takes the text of a packet.
    fn receive_text(&mut self, text: &ByteString) {
        let Ok(packet) = decode::decode(text, self.shared.bounds) else {
            return self.close(CloseReason::ParseError);
        };
        if packet.kind.attachments() == 0 {
            return self.receive(packet);
        }
        if self.member(&packet.namespace).is_none() {
            // Nothing is kept for who may not send it.
            return self.close(CloseReason::ParseError);
        }
        let partial = Partial { packet, binaries: Vec::new(), bytes: text.len() };
        self.partial = Some(Box::new(partial));
    }

    /// Takes a packet that is one message with all that it has.
    fn receive_msgpack(&mut self, packet: &[u8]) {
        match msgpack::decode(packet, self.shared.bounds) {
            Ok(packet) => self.receive(packet),
            Err(DecodeError) => self.close(CloseReason::ParseError),
        }
    }

    /// Takes one attachment.
    fn receive_binary(&mut self, mut partial: Box<Partial>, binary: Bytes) {
        partial.bytes += binary.len();
        if partial.bytes > self.shared.bounds.bytes {
            return self.close(CloseReason::TooLarge);
        }
        partial.binaries.push(binary);
        if partial.binaries.len() < partial.packet.kind.attachments() {
            self.partial = Some(partial);
        } else {
            let Partial { mut packet, binaries, .. } = *partial;
            packet.kind.attach(binaries);
            self.receive(packet);
        }
    }

    /// Takes a whole packet.
    fn receive(&mut self, packet: Incoming) {
        let Incoming { namespace: path, kind } = packet;
        let Some(member) = self.member(&path) else {
            return match kind {
                Kind::Connect { auth } => self.receive_connect(path, auth),
                Kind::Disconnect | Kind::Event { .. } | Kind::Ack { .. } => {
                    self.close(CloseReason::ParseError);
                }
            };
        };
        match (kind, &member.state) {
            (Kind::Connect { auth }, MemberState::EndedByServer) => {
                self.members.retain(|member| member.namespace.path() != &*path);
                self.receive_connect(path, auth);
            }
            (Kind::Connect { .. }, _) | (Kind::Ack { .. }, MemberState::Connecting) => {
                self.close(CloseReason::ParseError);
            }
            (Kind::Disconnect, _) => self.leave(&path),
            (_, MemberState::EndedByServer) => {}
            (Kind::Event { id, name, args, .. }, state) => {
                let socket = match state {
                    MemberState::Connected(socket) => Some(socket.clone()),
                    MemberState::Connecting | MemberState::EndedByServer => None,
                };
                let namespace = member.namespace.clone();
                let event = Event { name, args, ack: id.map(Asked::new) };
                self.waiting.push(Waiting::Event { namespace, socket, event });
            }
            (Kind::Ack { id, args, .. }, MemberState::Connected(socket)) => {
                if let Some(args) = socket.acks.resolve(id, args) {
                    socket.namespace.open_answers().answer(id, &socket.id, args);
                }
            }
        }
    }

    fn receive_connect(&mut self, path: ByteString, auth: Option<RawArgs>) {
        if self.members.len() >= self.shared.max_per_client {
            self.forget_an_ended_one();
        }
        if self.members.len() >= self.shared.max_per_client {
            return self.waiting.push(Waiting::Impossible { path, why: TOO_MANY });
        }
        let Some(namespace) = self.shared.namespaces.find(&path) else {
            return self.waiting.push(Waiting::Impossible { path, why: INVALID });
        };
        let auth = auth.unwrap_or_default();
        let member = Member { namespace: namespace.clone(), state: MemberState::Connecting };
        // Most clients are in one namespace.
        self.members.reserve_exact(1);
        self.members.push(member);
        self.waiting.push(Waiting::Connect { namespace, auth });
    }

    /// Makes room for one more namespace: it is long since the client should know that it was sent
    /// out of another.
    fn forget_an_ended_one(&mut self) {
        let ended = self.members.iter().position(|member| !member.is_wanted());
        if let Some(at) = ended {
            self.members.remove(at);
        }
    }

    fn running(&self, handler: BoxFuture<()>, event: ByteString) -> Current {
        Current::Handler(Running::new(handler, event, self.shared.handler_timeout))
    }

    /// Begins with the next thing that waits. Says whether there was one.
    fn start_next(&mut self) -> bool {
        let Some(next) = self.waiting.pop() else { return false };
        self.current = match next {
            Waiting::Connect { namespace, auth } => Some(self.decide(namespace, auth)),
            Waiting::Impossible { path, why } => Some(self.refuse_impossible(&path, why)),
            Waiting::Event { namespace, socket, event } => {
                self.start_event(&namespace, socket, event)
            }
            Waiting::End(ended) => {
                drop(ended);
                None
            }
        };
        true
    }

    fn start_event(
        &mut self,
        namespace: &NamespaceRef,
        socket: Option<Arc<SocketInner>>,
        event: Event,
    ) -> Option<Current> {
        let socket = match (socket, self.member(namespace.path()).map(|member| &member.state)) {
            (Some(socket), _) => socket,
            (None, Some(MemberState::Connected(socket))) => socket.clone(),
            (None, _) => return None,
        };
        let (hooks, name) = (namespace.hooks(), event.name.clone());
        if hooks.watches_events() || socket.listeners.are_used() {
            return Some(self.running(hooks.clone().pass(socket, event), name));
        }
        let handler = guard::run("event", || hooks.event(&socket, &event));
        Some(self.running(handler.flatten()?, name))
    }

    fn poll_current(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.current {
            None => Poll::Ready(()),
            Some(Current::Handler(handler)) => {
                ready!(handler.poll(cx));
                self.current = None;
                Poll::Ready(())
            }
            Some(Current::Connect { decision, .. }) => {
                let decision = ready!(decision.as_mut().poll(cx));
                if let Some(Current::Connect { namespace, auth, .. }) = self.current.take() {
                    self.decided(&namespace, auth, decision);
                }
                Poll::Ready(())
            }
        }
    }

    fn poll_farewells(&mut self, cx: &mut Context<'_>) {
        self.farewells.retain_mut(|farewell| farewell.poll(cx).is_pending());
        if self.farewells.is_empty() {
            self.farewells = Vec::new();
        }
    }

    /// Nobody stays for longer than the connect timeout without being in a namespace.
    fn poll_connect_deadline(&mut self, cx: &mut Context<'_>) {
        let connected = |member: &Member| matches!(member.state, MemberState::Connected(_));
        if self.is_closing || self.members.iter().any(connected) {
            self.connect_deadline = None;
            return;
        }
        let timeout = self.shared.connect_timeout;
        let sleep = || Box::pin(tokio::time::sleep(timeout));
        if self.connect_deadline.get_or_insert_with(sleep).as_mut().poll(cx).is_ready() {
            self.connect_deadline = None;
            self.close(CloseReason::Forced);
        }
    }

    /// Answers that are awaited could not be read while nothing is: waiting for one that is behind
    /// the events which wait for its handler would take until the timeout.
    fn fail_acks_unless_read(&self) {
        if engineio::Connection::wants_input(self) {
            return;
        }
        for member in &self.members {
            if let MemberState::Connected(socket) = &member.state {
                socket.acks.pause();
            }
        }
    }
}

impl engineio::Connection for SocketConnection {
    fn on_message(&mut self, message: Message) {
        if self.is_closing {
            return;
        }
        match (self.shared.parser, message, self.partial.take()) {
            (Parser::Default, Message::Text(text), None) => self.receive_text(&text),
            (Parser::Default, Message::Binary(binary), Some(partial)) => {
                self.receive_binary(partial, binary);
            }
            (Parser::MsgPack, Message::Binary(packet), _) => self.receive_msgpack(&packet),
            (Parser::Default | Parser::MsgPack, Message::Text(_) | Message::Binary(_), _) => {
                self.close(CloseReason::ParseError);
            }
        }
    }

    fn wants_input(&self) -> bool {
        let Shared { max_waiting, max_waiting_bytes, .. } = *self.shared;
        self.waiting.len() < max_waiting
            && self.waiting.bytes() < max_waiting_bytes
            && self.farewells.len() < max_waiting
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
        self.poll_connect_deadline(cx);
        self.fail_acks_unless_read();
        if self.current.is_none() && self.farewells.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn on_close(&mut self, reason: CloseReason) {
        self.is_closing = true;
        self.connect_deadline = None;
        self.partial = None;
        self.current.take_if(|current| matches!(current, Current::Connect { .. }));
        // What the client said before it left counts; what it is thrown out with does not.
        let thrown_out = matches!(
            reason,
            CloseReason::Forced | CloseReason::SlowConsumer | CloseReason::Shutdown
        );
        self.waiting.retain(|waiting| match waiting {
            Waiting::Event { .. } => !thrown_out,
            Waiting::End(_) => true,
            Waiting::Connect { .. } | Waiting::Impossible { .. } => false,
        });
        self.end_all(DisconnectReason::Session(reason));
    }

    fn on_removed(&mut self, left: Vec<Membership>) {
        self.detach(left);
    }
}
