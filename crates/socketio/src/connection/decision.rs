//! From CONNECT to its answer: accepted, refused, or no such namespace.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engineio::{CloseReason, Delivery, Entry, Member as Here, Packet, Rooms, Share};
use futures_util::FutureExt;
use serde::Deserialize;

use super::{Current, Member, MemberState, SocketConnection};
use crate::args::RawArgs;
use crate::clock;
use crate::encode::Encoder;
use crate::guard;
use crate::handler::BoxFuture;
use crate::namespace::{ConnectRequest, NamespaceRef};
use crate::recovery::{Claimed, Lost, Pid};
use crate::refusal::Refusal;
use crate::socket::{AnyData, Identity, SocketInner};
use crate::socket_id::SocketId;

/// What authentication says, with room for the packets that tell the client.
pub(super) type Decision = (Result<Accepted, Refusal>, Share);

/// A client that is let in.
pub(super) struct Accepted {
    data: AnyData,
    /// The socket that it had before.
    claimed: Option<Claimed>,
}

/// Room that is asked for the packets that answer a CONNECT.
const REPLY_BYTES: usize = 256;

/// What a stock client that had a socket adds to its auth payload.
#[derive(Default, Deserialize)]
struct Reconnection {
    pid: Option<String>,
    offset: Option<String>,
}

impl SocketConnection {
    /// Begins to decide on a CONNECT.
    pub(super) fn decide(&self, namespace: NamespaceRef, auth: RawArgs) -> Current {
        let handshake = self.handshake.clone();
        let request = ConnectRequest { handshake, auth: auth.clone(), time: clock::now() };
        let decision = decide(namespace.clone(), request);
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
            let claimed = decision.as_ref().ok().and_then(|accepted| accepted.claimed.as_ref());
            let missed_bytes = claimed.map_or(0, Claimed::missed_bytes);
            (decision, hub.reserve(REPLY_BYTES + missed_bytes).await)
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
            Ok(accepted) => self.accept(namespace, auth, accepted, share),
            Err(refusal) => self.refuse(namespace, &refusal, share),
        }
    }

    fn accept(
        &mut self,
        namespace: &NamespaceRef,
        auth: RawArgs,
        Accepted { data, claimed }: Accepted,
        share: Share,
    ) {
        let (session, handshake) = (self.session.clone(), self.handshake.clone());
        let Some(member) = self.member(namespace.path()) else { return };
        let identity = identity(namespace, claimed.as_ref());
        let socket = SocketInner::new(identity, session, namespace.clone(), handshake, data);
        member.state = MemberState::Connected(socket.clone());
        namespace.socket_added();
        if let (Some(recovery), Some(pid)) = (namespace.recovery(), socket.pid) {
            recovery.register(pid, &socket);
        }
        if guard::run("attach", || namespace.hooks().attach(&socket)).is_none() {
            // What it had done before it panicked, `detach` undoes.
            return self.close(CloseReason::Forced);
        }
        if self.go_live(&socket, claimed, share).is_err() {
            // What it missed was lost since it was found: it comes back for a new socket.
            return self.close(CloseReason::Forced);
        }
        socket.attached();
        let handler = guard::run("connection", || namespace.hooks().connected(&socket, auth));
        self.current = handler.flatten().map(|handler| self.running(handler, "connection".into()));
    }

    /// Sends the CONNECT reply and what the client missed, and from then on what is for its socket.
    fn go_live(
        &self,
        socket: &Arc<SocketInner>,
        claimed: Option<Claimed>,
        share: Share,
    ) -> Result<(), Lost> {
        let namespace = &socket.namespace;
        let pid = socket.pid.map(|pid| pid.encode());
        let reply = Packet::new(namespace.encoder().connect(&socket.id, pid.as_deref()));
        let enter = |rooms, missed: Vec<Packet>| {
            let entry = Entry { scope: namespace.scope(), member: Here(socket.clone()), rooms };
            let packets = std::iter::once(reply).chain(missed).collect();
            self.session.enter(share, entry, packets);
        };
        if let Some(claimed) = claimed {
            return claimed.resume(|rooms, missed| enter(Rooms::Again(rooms), missed));
        }
        enter(Rooms::New(vec![socket.id.room()]), Vec::new());
        Ok(())
    }

    fn refuse(&mut self, namespace: &NamespaceRef, refusal: &Refusal, share: Share) {
        self.forget_connect(namespace.path());
        let messages = refusal.messages(namespace.encoder());
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
        let encoder = Encoder::new(self.shared.parser, path);
        let packet = Packet::new(encoder.connect_error("Invalid namespace", None));
        let session = self.session.clone();
        let answer = Box::pin(async move {
            let share = session.hub().reserve(packet.len()).await;
            session.send(share, packet, Delivery::Reliable);
        });
        self.running(answer, "connect".into())
    }
}

/// Asks the application, and then looks for the socket that the client had before.
async fn decide(namespace: NamespaceRef, request: ConnectRequest) -> Result<Accepted, Refusal> {
    let auth = request.auth.clone();
    let now = namespace.hooks().authenticate(request).await?;
    let Some(recovery) = namespace.recovery() else {
        return Ok(Accepted { data: now, claimed: None });
    };
    // Whatever else the payload is made of, it is the application's.
    let Reconnection { pid, offset } = auth.parse_first().unwrap_or_default();
    let Some(pid) = pid.as_deref().and_then(Pid::parse) else {
        return Ok(Accepted { data: now, claimed: None });
    };
    let is_the_same = |before: &AnyData| namespace.hooks().recover(before, &now).is_some();
    let claimed = recovery.claim(namespace.scope(), pid, offset.as_deref(), is_the_same).await;
    let before = claimed.as_ref().and_then(Claimed::detached).map(|detached| &detached.data);
    let data = before.and_then(|before| namespace.hooks().recover(before, &now));
    Ok(match data {
        Some(data) => Accepted { data, claimed },
        None => Accepted { data: now, claimed: None },
    })
}

fn identity(namespace: &NamespaceRef, claimed: Option<&Claimed>) -> Identity {
    let known = claimed.and_then(|claimed| Some((claimed.detached()?.id.clone(), claimed.pid())));
    match known {
        Some((id, pid)) => Identity { id, pid: Some(pid), recovered: true },
        None => Identity {
            id: SocketId::random(),
            pid: namespace.recovery().map(|_| Pid::random()),
            recovered: false,
        },
    }
}
