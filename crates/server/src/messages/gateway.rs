//! The gateway: who may connect, and what the events of the chat work with.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use socketio::{ConnectRequest, DisconnectReason, Namespace, Refusal, Socket, State};
use tokio::time::timeout;

use super::lobby::Lobby;
use super::refusal::refuse;
use super::typing::NOTICES_PER_ROOM;
use crate::admission::Admission;
use crate::auth::{Authenticator, VerifiedUser, presented_token};
use crate::clock::Sources;
use crate::config;
use crate::database::StorageError;
use crate::events::{self, EventLimits};
use crate::http::Limiter;
use crate::presence::Presence;
use crate::sessions::{Client, Ending, Sessions, end};

/// How long the second look at a user may take. A handler that takes too long is dropped, and with
/// it what it would have found out, so that this is less than a handler may take.
const SECOND_LOOK: Duration = Duration::from_secs(10);

/// What the gateway works with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    authenticator: Authenticator,
    admission: Arc<Admission>,
    sessions: Sessions,
    presence: Presence,
    lobby: Lobby,
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
}

impl Gateway {
    pub(crate) fn new(
        config: &config::Config,
        authenticator: Authenticator,
        admission: Arc<Admission>,
        sessions: Sessions,
        presence: Presence,
        sources: &Sources,
    ) -> Self {
        Self(Arc::new(Inner {
            authenticator,
            admission,
            sessions,
            presence,
            lobby: Lobby::new(sources.clone()),
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

    /// The room that everyone shares.
    pub(super) fn lobby(&self) -> &Lobby {
        &self.0.lobby
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
        .detach(|gateway, socket, reason: DisconnectReason| {
            gateway.0.sessions.leave(socket, reason);
        })
        .recoverable(is_the_same)
        .on_connect(announce);
    events::register(namespace)
}

async fn authenticate(request: ConnectRequest, gateway: Gateway) -> Result<Client, Refusal> {
    let place = gateway.0.admission.connect(request.handshake().client_addr);
    let place = place.map_err(|_kept_out| Refusal::Close)?;
    let deactivations = gateway.0.sessions.deactivations();
    let user = verify(&request, &gateway.0.authenticator).await;
    let user = user.map_err(|error| {
        tracing::info!(code = error.code().as_str(), "connection refused");
        refuse(&error, gateway.0.refusal)
    })?;
    Ok(Client::new(user, gateway.0.sources.now_millis(), deactivations, place))
}

/// Whoever comes back is verified like anyone else, and goes on as what they are now.
fn is_the_same(before: &Arc<Client>, now: Arc<Client>) -> Option<Arc<Client>> {
    (before.user().id == now.user().id).then_some(now)
}

async fn verify(
    request: &ConnectRequest,
    authenticator: &Authenticator,
) -> Result<VerifiedUser, crate::auth::AuthError> {
    let payload = request.auth::<Option<AuthPayload>>().ok().flatten().unwrap_or_default();
    let auth_token = match &payload.token {
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
    match gateway.0.may_stay(socket.data()).await {
        Ok(true) => gateway.0.presence.announce(&socket).await,
        Ok(false) => end(&socket, Ending::Inactive),
        Err(cause) => {
            tracing::warn!(%cause, "whether a user may stay cannot be decided");
            socket.close_session();
        }
    }
}

impl Inner {
    /// Whether the user of a socket, which is registered by now, has not been deactivated since
    /// they were looked up.
    ///
    /// A deactivation writes to the database, counts, and then ends the sockets that are registered.
    /// A connection reads the count, looks the user up, registers, and reads the count again, here.
    /// If it registers before the sockets are taken, it is ended with them. If it registers later,
    /// the second count includes the deactivation: then either the first does not, and the user is
    /// looked up once more, or it does, and already the first look-up has seen what was written.
    async fn may_stay(&self, client: &Client) -> Result<bool, StorageError> {
        if client.deactivations() == self.sessions.deactivations() {
            return Ok(true);
        }
        let looked_up = timeout(SECOND_LOOK, self.authenticator.is_active(client.user().id)).await;
        looked_up.map_err(StorageError::new)?
    }
}
