//! How sockets end: once each, whatever the cause.

use std::sync::Arc;

use super::queue::{Ended, Waiting};
use super::{Current, MemberState, SocketConnection};
use engineio::Membership;

use crate::guard::{self, Running};
use crate::reason::DisconnectReason;
use crate::socket::SocketInner;

impl SocketConnection {
    /// The client leaves a namespace.
    pub(super) fn leave(&mut self, path: &str) {
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

    /// Finds sockets that the server has ended. Whatever they had sent is dropped.
    pub(super) fn reap(&mut self) {
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

    /// Drops a CONNECT that is not decided yet, and what waits of its namespace.
    pub(super) fn forget_connect(&mut self, path: &str) {
        self.current.take_if(
            |current| matches!(current, Current::Connect { namespace, .. } if namespace.path() == path),
        );
        self.waiting.retain(|waiting| !waiting.is_of(path));
    }

    /// All sockets end with the session.
    pub(super) fn end_all(&mut self, reason: DisconnectReason) {
        for member in std::mem::take(&mut self.members) {
            if let MemberState::Connected(socket) = member.state {
                self.farewell(&socket, reason);
            }
        }
    }

    /// Ends a socket on this side, unless the server has, and sees it off. Called once for each
    /// socket that was accepted.
    fn farewell(&mut self, socket: &Arc<SocketInner>, reason: DisconnectReason) {
        let reason =
            if socket.has_ended() { DisconnectReason::ServerNamespaceDisconnect } else { reason };
        match reason {
            DisconnectReason::ServerNamespaceDisconnect => {}
            DisconnectReason::ClientNamespaceDisconnect => socket.left_by_client(),
            DisconnectReason::Session(_) => socket.ended_with_session(),
        }
        socket.acks.end();
        socket.namespace.open_answers().gone(&socket.id);
        socket.namespace.socket_removed();
        let hooks = socket.namespace.hooks();
        guard::run("detach", || hooks.detach(socket, reason));
        self.depart(socket, reason);
        if socket.listeners.are_used() {
            self.waiting.push(Waiting::End(Ended(socket.clone())));
        }
        let handler = guard::run("disconnect", || hooks.disconnected(socket, reason));
        if let Some(handler) = handler.flatten() {
            let timeout = self.shared.handler_timeout;
            self.farewells.push(Running::new(handler, "disconnect".into(), timeout));
        }
    }
}

/// Recovery: what becomes of a socket once it has ended.
impl SocketConnection {
    /// Its client may come back, or not.
    fn depart(&mut self, socket: &Arc<SocketInner>, reason: DisconnectReason) {
        if let (Some(pid), Some(recovery)) = (socket.pid, socket.namespace.recovery()) {
            if reason.is_recoverable() {
                return self.departed.push(socket.clone());
            }
            recovery.forget(pid);
        }
        self.shared.namespaces.leave(&socket.namespace);
    }

    /// From now on the sockets that have departed wait for their clients, with what they were in.
    pub(super) fn detach(&mut self, mut left: Vec<Membership>) {
        for socket in std::mem::take(&mut self.departed) {
            if let (Some(pid), Some(recovery)) = (socket.pid, socket.namespace.recovery()) {
                let scope = socket.namespace.scope();
                match left.iter().position(|membership| membership.scope() == scope) {
                    Some(at) => recovery.detach(pid, left.swap_remove(at), &socket),
                    None => recovery.forget(pid),
                }
            }
            self.shared.namespaces.leave(&socket.namespace);
        }
    }
}

/// Whoever drops a connection before its session has ended (a panic, a runtime that is shut down)
/// leaves no ghosts either.
impl Drop for SocketConnection {
    fn drop(&mut self) {
        self.end_all(DisconnectReason::Session(engineio::CloseReason::Forced));
        self.detach(Vec::new());
    }
}
