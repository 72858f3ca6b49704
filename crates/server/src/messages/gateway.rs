//! The gateway: who may connect, and the events of the chat.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use socketio::{
    Ack, ConnectRequest, DisconnectReason, EmitError, EventName, Namespace, RawArgs, Refusal,
    Socket, State,
};
use tokio::time::timeout;

use super::exception::{EXCEPTION, Exception, FailedAck, Problem};
use super::incoming::IncomingMessage;
use super::lobby::{Lobby, Published};
use super::refusal::{refuse, refuse_for};
use crate::auth::{AuthError, Authenticator, VerifiedUser, presented_token};
use crate::clock::Sources;
use crate::code::Code;
use crate::config;
use crate::database::StorageError;
use crate::http::Limiter;
use crate::presence::Presence;
use crate::sessions::{Client, Device, Ending, Full, Owner, Sessions, end};

/// How long the second look at a user may take. A handler that takes too long is dropped, and with
/// it what it would have found out, so that this is less than a handler may take.
const SECOND_LOOK: Duration = Duration::from_secs(10);

/// What the gateway works with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    authenticator: Authenticator,
    sessions: Sessions,
    presence: Presence,
    lobby: Lobby,
    messages_per_user: Limiter,
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
        sessions: Sessions,
        presence: Presence,
        sources: &Sources,
    ) -> Self {
        let limits = &config.rate_limits;
        Self(Arc::new(Inner {
            authenticator,
            sessions,
            presence,
            lobby: Lobby::new(sources.clone()),
            messages_per_user: Limiter::new(limits.messages_per_user, limits.enabled),
            max_message_chars: config.messages.max_length,
            refusal: config.auth.refusal,
            sources: sources.clone(),
        }))
    }
}

/// The namespace of the chat.
pub(crate) fn namespace(path: &str, gateway: Gateway) -> Namespace<Client, Gateway> {
    Namespace::guarded(path, gateway, authenticate)
        .attach(|gateway, socket| gateway.0.sessions.join(socket))
        .detach(|gateway, socket, reason: DisconnectReason| {
            gateway.0.sessions.leave(socket, reason);
        })
        .recoverable(is_the_same)
        .on_connect(announce)
        .on("message-from-client", message_from_client)
}

async fn authenticate(request: ConnectRequest, gateway: Gateway) -> Result<Client, Refusal> {
    let Inner { authenticator, sessions, refusal, sources, .. } = &*gateway.0;
    let deactivations = sessions.deactivations();
    let payload = request.auth::<Option<AuthPayload>>().ok().flatten().unwrap_or_default();
    let user = verify(&request, payload.token.as_ref(), authenticator).await.map_err(|error| {
        tracing::info!(code = error.code().as_str(), "connection refused");
        refuse(&error, *refusal)
    })?;
    let device = Device::of(payload.device.as_ref());
    let owner = Owner { user: user.user().id, device };
    sessions.make_room(owner).await.map_err(|Full| {
        let problem = Ending::Surplus.problem();
        tracing::info!(code = problem.code.as_str(), user = %owner.user, "connection refused");
        refuse_for(problem, *refusal)
    })?;
    Ok(Client::new(user, device, sources.now_millis(), deactivations))
}

/// Whoever comes back is verified like anyone else, and goes on as what they are now.
fn is_the_same(before: &Arc<Client>, now: Arc<Client>) -> Option<Arc<Client>> {
    (before.user().id == now.user().id).then_some(now)
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
        // There was no room for it: it has ended.
        return;
    }
    match gateway.0.may_stay(socket.data()).await {
        Ok(true) => gateway.0.presence.announce(&socket).await,
        Ok(false) => end(&socket, Ending::Inactive),
        Err(cause) => {
            tracing::warn!(%cause, "whether a user may stay cannot be decided");
            socket.close_session();
        }
    }
}

async fn message_from_client(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    EventName(event): EventName,
    args: RawArgs,
    ack: Ack<Client>,
) {
    let answered = match gateway.0.publish(&socket, &args).await {
        Ok(published) => ack.send(&published).await,
        Err(problem) if ack.is_asked() => ack.send(&FailedAck::from(&problem)).await,
        Err(problem) => {
            socket.emit(EXCEPTION, &Exception::new(&problem, &event, args.first())).await
        }
    };
    match answered {
        // Whoever asked may have gone.
        Ok(()) | Err(EmitError::Disconnected) => {}
        Err(error) => tracing::error!(%error, "an answer cannot be encoded"),
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

    async fn publish(&self, socket: &Socket<Client>, args: &RawArgs) -> Result<Published, Problem> {
        let user = socket.data().user();
        self.messages_per_user.try_take(user.id).map_err(|wait| {
            let message = format!("too many messages, try again in {} s", wait.as_secs() + 1);
            Problem::new(Code::RateLimited, message)
        })?;
        let message = IncomingMessage::parse(args.first(), self.max_message_chars)?;
        self.lobby.publish(socket, &message.text).await
    }
}
