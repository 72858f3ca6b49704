//! From CONNECT to its answer: accepted, refused, or no such namespace.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use engineio::{CloseReason, Delivery, Entry, Member as Here, Packet, RoomName, Rooms, Share};
use futures_util::FutureExt;
use serde::Deserialize;

use super::{Current, Member, MemberState, SocketConnection};
use crate::args::RawArgs;
use crate::clock;
use crate::encode::Encoder;
use crate::guard;
use crate::handler::BoxFuture;
use crate::namespace::{ConnectRequest, Entrance, NamespaceRef, Namespaces, TooMany};
use crate::recovery::{Claimed, Lost, Pid};
use crate::refusal::Refusal;
use crate::socket::{AnyData, Identity, SocketInner, SocketRequest};
use crate::socket_id::SocketId;

/// What authentication says, with room for the packets that tell the client.
pub(super) type Decision = (Result<Accepted, Refusal>, Share);

/// A client that is let in.
pub(super) struct Accepted {
    entrance: Entrance,
    asked_at: SystemTime,
    data: AnyData,
    /// The socket that it had before.
    claimed: Option<Claimed>,
}

/// What a client is told that asks for a namespace which there is not, in socket.io's words.
pub(super) const INVALID: &str = "Invalid namespace";

/// What a client is told that asks for one more than there may be, or than it may be in.
pub(super) const TOO_MANY: &str = "Too many namespaces";

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
        let request = ConnectRequest {
            namespace: namespace.shared_path(),
            handshake: self.handshake.clone(),
            auth: auth.clone(),
            time: clock::now(),
        };
        let decision = decide(self.shared.namespaces.clone(), namespace.clone(), request);
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
            Ok(accepted) => self.accept(auth, accepted, share),
            Err(refusal) => self.refuse(namespace, &refusal, share),
        }
    }

    fn accept(
        &mut self,
        auth: RawArgs,
        Accepted { entrance, asked_at, data, claimed }: Accepted,
        share: Share,
    ) {
        let (session, handshake) = (self.session.clone(), self.handshake.clone());
        let Some(member) = self.member(entrance.namespace().path()) else { return };
        let namespace = entrance.keep();
        let identity = identity(&namespace, claimed.as_ref());
        let is_kept = namespace.hooks().keeps_auth() && auth != RawArgs::default();
        let request = SocketRequest {
            handshake,
            time: asked_at,
            auth: is_kept.then(|| Box::new(auth.detached())),
        };
        let socket = SocketInner::new(identity, session, namespace.clone(), request, data);
        *member =
            Member { namespace: namespace.clone(), state: MemberState::Connected(socket.clone()) };
        namespace.socket_added();
        if let (Some(recovery), Some(pid)) = (namespace.recovery(), socket.pid) {
            recovery.register(pid, &socket);
        }
        let attach = || {
            namespace.hooks().attach(&socket);
            namespace.hooks().rooms(&socket.data)
        };
        let Some(rooms) = guard::run("attach", attach) else {
            // What it had done before it panicked, `detach` undoes.
            return self.close(CloseReason::Forced);
        };
        if self.go_live(&socket, rooms, claimed, share).is_err() {
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
        mut rooms: Vec<RoomName>,
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
        rooms.push(socket.id.room());
        enter(Rooms::New(rooms), Vec::new());
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

    /// Answers a CONNECT to a namespace that there is not, or not for this client.
    pub(super) fn refuse_impossible(&self, path: &str, why: &str) -> Current {
        let encoder = Encoder::new(self.shared.parser, path);
        let packet = Packet::new(encoder.connect_error(why, None));
        let session = self.session.clone();
        let answer = Box::pin(async move {
            let share = session.hub().reserve(packet.len()).await;
            session.send(share, packet, Delivery::Reliable);
        });
        self.running(answer, "connect".into())
    }
}

/// Asks the application, makes the namespace if it has to be made, and then looks for the socket that
/// the client had before.
async fn decide(
    namespaces: Arc<Namespaces>,
    found: NamespaceRef,
    request: ConnectRequest,
) -> Result<Accepted, Refusal> {
    let (auth, asked_at) = (request.auth.clone(), request.time);
    let data = found.hooks().authenticate(request).await?;
    let entrance = namespaces.enter(&found)?;
    let (data, claimed) = match claim(entrance.namespace(), &auth, &data).await {
        Some((recovered, claimed)) => (recovered, Some(claimed)),
        None => (data, None),
    };
    Ok(Accepted { entrance, asked_at, data, claimed })
}

/// The socket that the client had before, and the data that it has from now on.
async fn claim(
    namespace: &NamespaceRef,
    auth: &RawArgs,
    now: &AnyData,
) -> Option<(AnyData, Claimed)> {
    let recovery = namespace.recovery()?;
    // Whatever else the payload is made of, it is the application's.
    let Reconnection { pid, offset } = auth.parse_first().unwrap_or_default();
    let pid = Pid::parse(pid.as_deref()?)?;
    let is_the_same = |before: &AnyData| namespace.hooks().recover(before, now).is_some();
    let claimed = recovery.claim(namespace.scope(), pid, offset.as_deref(), is_the_same).await?;
    let data = namespace.hooks().recover(&claimed.detached()?.data, now)?;
    Some((data, claimed))
}

impl From<TooMany> for Refusal {
    fn from(TooMany: TooMany) -> Self {
        Self::ConnectError { message: TOO_MANY.to_owned(), data: None }
    }
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
