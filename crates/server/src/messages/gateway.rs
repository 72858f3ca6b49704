//! The gateway: who may connect, and what the events of the chat work with.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use socketio::{ConnectRequest, DisconnectReason, Namespace, Refusal, Socket, State};

use super::Conversations;
use super::refusal::{refuse, refuse_for};
use super::typing::NOTICES_PER_ROOM;
use crate::admission::Admission;
use crate::auth::{AuthError, Authenticator, VerifiedUser, presented_token};
use crate::clock::Sources;
use crate::config;
use crate::events::{self, EventLimits};
use crate::http::Limiter;
use crate::presence::Presence;
use crate::sessions::{Client, Device, Ending, Full, Owner, Sessions};

/// What the gateway works with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    authenticator: Authenticator,
    admission: Arc<Admission>,
    sessions: Sessions,
    presence: Presence,
    conversations: Conversations,
    limits: EventLimits,
    notices_per_room: Limiter,
    max_message_chars: usize,
    refusal: config::Refusal,
    sources: Sources,
}

/// Socket.IO's auth payload.
#[derive(Default, Deserialize)]
struct AuthPayload {
    #[serde(default)]
    token: Option<Value>,
    #[serde(default)]
    device: Option<Value>,
}

impl Gateway {
    pub(crate) fn new(
        config: &config::Config,
        authenticator: Authenticator,
        admission: Arc<Admission>,
        sessions: Sessions,
        presence: Presence,
        conversations: Conversations,
        sources: &Sources,
    ) -> Self {
        Self(Arc::new(Inner {
            authenticator,
            admission,
            sessions,
            presence,
            conversations,
            limits: EventLimits::new(&config.rate_limits),
            notices_per_room: Limiter::new(NOTICES_PER_ROOM, true),
            max_message_chars: config.messages.max_length,
            refusal: config.auth.refusal,
            sources: sources.clone(),
        }))
    }

    /// How often who may send what.
    pub(crate) fn limits(&self) -> &EventLimits {
        &self.0.limits
    }

    /// Who holds a live connection.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// What is said, and who may say it where.
    pub(crate) fn conversations(&self) -> &Conversations {
        &self.0.conversations
    }

    /// Who is connected.
    pub(crate) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// Whether one more typing notice reaches the others in a room.
    pub(super) fn takes_notice_in(&self, room: &str) -> bool {
        self.0.notices_per_room.try_take(room).is_ok()
    }

    /// The longest text of a message.
    pub(super) fn max_message_chars(&self) -> usize {
        self.0.max_message_chars
    }
}

/// The namespace of the chat.
pub(crate) fn namespace(path: &str, gateway: Gateway) -> Namespace<Client, Gateway> {
    let namespace = Namespace::guarded(path, gateway, authenticate)
        .attach(|gateway, socket| gateway.0.sessions.join(socket))
        .rooms(|gateway, client| gateway.0.conversations.members().first_rooms(client))
        .detach(|gateway, socket, reason: DisconnectReason| {
            gateway.0.sessions.leave(socket, reason);
        })
        .recoverable(is_the_same)
        .on_connect(announce);
    events::register(namespace)
}

async fn authenticate(request: ConnectRequest, gateway: Gateway) -> Result<Client, Refusal> {
    let Inner { authenticator, admission, sessions, conversations, refusal, sources, .. } =
        &*gateway.0;
    let place = admission.connect(request.handshake().client_addr);
    let place = place.map_err(|_kept_out| Refusal::Close)?;
    let payload = request.auth::<Option<AuthPayload>>().ok().flatten().unwrap_or_default();
    let device = Device::of(payload.device.as_ref());
    loop {
        let changes = sessions.changes();
        let user = verify(&request, payload.token.as_ref(), authenticator).await;
        let user = user.map_err(|error| {
            tracing::info!(code = error.code().as_str(), "connection refused");
            refuse(&error, *refusal)
        })?;
        let owner = Owner { user: user.user().id, device };
        sessions.make_room(owner).await.map_err(|Full| {
            let problem = Ending::Surplus.problem();
            tracing::info!(code = problem.code.as_str(), user = %owner.user, "connection refused");
            refuse_for(problem, *refusal)
        })?;
        let joined = conversations.members().load(owner.user).await.map_err(|cause| {
            tracing::warn!(%cause, "the rooms of a user cannot be read");
            Refusal::Close
        })?;
        // Who has changed meanwhile is looked up again, as long as a decision may take.
        if !sessions.may_have_changed(owner.user, changes) {
            return Ok(Client::new(&user, device, sources.now_millis(), changes, place, joined));
        }
    }
}

/// Whoever comes back is verified like anyone else, and goes on as what they are now. With other roles
/// they get a socket of its own: what was said meanwhile may not be for them.
fn is_the_same(before: &Arc<Client>, now: Arc<Client>) -> Option<Arc<Client>> {
    let is_same = before.user_id() == now.user_id() && before.user().roles == now.user().roles;
    is_same.then_some(now)
}

async fn verify(
    request: &ConnectRequest,
    auth_token: Option<&Value>,
    authenticator: &Authenticator,
) -> Result<VerifiedUser, AuthError> {
    let auth_token = match auth_token {
        None | Some(Value::Null) => None,
        Some(Value::String(token)) => Some(token.as_str()),
        // Present, and no token.
        Some(_) => Some("?"),
    };
    let headers = &request.handshake().headers;
    let token =
        presented_token(auth_token, headers.get("authorization"), headers.get("authentication"));
    authenticator.authenticate(token).await
}

async fn announce(socket: Socket<Client>, State(gateway): State<Gateway>) {
    if socket.data().registration().is_none() {
        // It was not let in after all: it has ended.
        return;
    }
    gateway.0.conversations.members().follow(&socket).await;
    gateway.0.presence.announce(&socket).await;
}
