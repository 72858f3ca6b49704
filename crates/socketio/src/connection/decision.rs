//! From CONNECT to its answer: accepted, refused, or no such namespace.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engineio::{CloseReason, Delivery, Packet, Share};
use futures_util::FutureExt;

use super::{Current, Member, MemberState, SocketConnection};
use crate::args::RawArgs;
use crate::clock;
use crate::encode::Prefix;
use crate::guard;
use crate::handler::BoxFuture;
use crate::namespace::{ConnectRequest, NamespaceRef};
use crate::refusal::Refusal;
use crate::socket::SocketInner;

/// What authentication says, with room for the packets that tell the client.
pub(super) type Decision = (Result<Arc<dyn Any + Send + Sync>, Refusal>, Share);

/// Room that is asked for the packets that answer a CONNECT.
const REPLY_BYTES: usize = 256;

impl SocketConnection {
    /// Begins to decide on a CONNECT.
    pub(super) fn decide(&self, namespace: NamespaceRef, auth: RawArgs) -> Current {
        let handshake = self.handshake.clone();
        let request = ConnectRequest { handshake, auth: auth.clone(), time: clock::now() };
        let decided_by = namespace.clone();
        let decision = async move { decided_by.hooks().authenticate(request).await };
        let decision =
            AssertUnwindSafe(tokio::time::timeout(self.shared.handler_timeout, decision));
        let hub = self.session.hub().clone();
        let decision: BoxFuture<Decision> = Box::pin(async move {
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

    /// Carries a decision out.
    pub(super) fn decided(
        &mut self,
        namespace: &NamespaceRef,
        auth: RawArgs,
        (decision, share): Decision,
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
        data: Arc<dyn Any + Send + Sync>,
        share: Share,
    ) {
        let (session, handshake) = (self.session.clone(), self.handshake.clone());
        let Some(member) = self.member(namespace.path()) else { return };
        let socket = SocketInner::new(session, namespace.clone(), handshake, data);
        member.state = MemberState::Connected(socket.clone());
        namespace.socket_added();
        if guard::run("attach", || namespace.hooks().attach(&socket)).is_none() {
            // What it had done before it panicked, `detach` undoes.
            return self.close(CloseReason::Forced);
        }
        let reply = Packet::new(namespace.prefix().connect(&socket.id));
        self.session.enter(share, namespace.scope(), vec![socket.id.room()], Some(reply));
        socket.attached();
        let handler = guard::run("connection", || namespace.hooks().connected(&socket, auth));
        self.current = handler.flatten().map(|handler| self.running(handler, "connection".into()));
    }

    fn refuse(&mut self, namespace: &NamespaceRef, refusal: &Refusal, share: Share) {
        self.forget_connect(namespace.path());
        let messages = refusal.messages(namespace.prefix());
        if !messages.is_empty() {
            self.session.send(share, Packet::sequence(messages), Delivery::Reliable);
        }
        match refusal {
            Refusal::Close => return self.close(CloseReason::Forced),
            Refusal::ConnectError { .. } => {
                self.members.retain(|member| member.namespace.path() != namespace.path());
            }
            // Until it has read the DISCONNECT, the client believes itself connected.
            Refusal::Disconnect(_) => {
                if let Some(member) = self.member(namespace.path()) {
                    member.state = MemberState::EndedByServer;
                }
            }
        }
        if !self.members.iter().any(Member::is_wanted) {
            self.close(CloseReason::Forced);
        }
    }

    /// Answers a CONNECT to a namespace that does not exist.
    pub(super) fn refuse_unknown(&self, path: &str) -> Current {
        let packet = Prefix::of(path).connect_error("Invalid namespace", None);
        let session = self.session.clone();
        let answer = Box::pin(async move {
            let share = session.hub().reserve(packet.len()).await;
            session.send(share, Packet::new(packet), Delivery::Reliable);
        });
        self.running(answer, "connect".into())
    }
}
