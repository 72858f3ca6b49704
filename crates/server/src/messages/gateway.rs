//! The gateway: who may connect, and the events of the chat.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use socketio::{
    Ack, ConnectRequest, DisconnectReason, EmitError, EventName, Namespace, RawArgs, Refusal,
    Socket, State,
};

use super::exception::{EXCEPTION, Exception, FailedAck, Problem};
use super::incoming::IncomingMessage;
use super::lobby::{Lobby, Published};
use super::refusal::{refuse, refuse_for};
use crate::auth::{AuthError, Authenticator, VerifiedUser, presented_token};
use crate::clock::Sources;
use crate::code::Code;
use crate::config;
use crate::http::Limiter;
use crate::presence::Presence;
use crate::sessions::{AUTH_REFRESH, AuthRefresh, Client, Device, Ending, Full, Owner, Sessions};

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
        .on(AUTH_REFRESH, auth_refresh)
}

async fn authenticate(request: ConnectRequest, gateway: Gateway) -> Result<Client, Refusal> {
    let Inner { authenticator, sessions, refusal, sources, .. } = &*gateway.0;
    let changes = sessions.changes();
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
    Ok(Client::new(&user, device, sources.now_millis(), changes))
}

/// Whoever comes back is verified like anyone else, and goes on as what they are now.
fn is_the_same(before: &Arc<Client>, now: Arc<Client>) -> Option<Arc<Client>> {
    (before.user_id() == now.user_id()).then_some(now)
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
    if gateway.0.sessions.may_stay(&socket).await {
        gateway.0.presence.announce(&socket).await;
    }
}

async fn message_from_client(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    EventName(event): EventName,
    args: RawArgs,
    ack: Ack<Client>,
) {
    let done = gateway.0.publish(&socket, &args).await;
    answer(&socket, &event, &args, ack, done).await;
}

/// A connection goes on with another token. The token is not sent back in an exception.
async fn auth_refresh(
    socket: Socket<Client>,
    State(gateway): State<Gateway>,
    EventName(event): EventName,
    args: RawArgs,
    ack: Ack<Client>,
) {
    let done = match args.parse_first::<AuthRefresh>() {
        Ok(token) => gateway.0.sessions.refresh(&socket, token).await,
        Err(_) => Err(Problem::new(Code::InvalidPayload, "token must be a string")),
    };
    answer(&socket, &event, &RawArgs::default(), ack, done).await;
}

/// Answers whoever asked; without an ack only a problem is told.
async fn answer<T: Serialize + Sync>(
    socket: &Socket<Client>,
    event: &str,
    args: &RawArgs,
    ack: Ack<Client>,
    done: Result<T, Problem>,
) {
    let answered = match done {
        Ok(done) => ack.send(&done).await,
        Err(problem) if ack.is_asked() => ack.send(&FailedAck::from(&problem)).await,
        Err(problem) => {
            socket.emit(EXCEPTION, &Exception::new(&problem, event, args.first())).await
        }
    };
    match answered {
        // Whoever asked may have gone.
        Ok(()) | Err(EmitError::Disconnected) => {}
        Err(error) => tracing::error!(%error, "an answer cannot be encoded"),
    }
}

impl Inner {
    async fn publish(&self, socket: &Socket<Client>, args: &RawArgs) -> Result<Published, Problem> {
        self.messages_per_user.try_take(socket.data().user_id()).map_err(|wait| {
            let message = format!("too many messages, try again in {} s", wait.as_secs() + 1);
            Problem::new(Code::RateLimited, message)
        })?;
        let message = IncomingMessage::parse(args.first(), self.max_message_chars)?;
        self.lobby.publish(socket, &message.text).await
    }
}
