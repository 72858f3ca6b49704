//! `GET /api/sessions` and `DELETE /api/sessions/:id`, for admins.

use axum::Json;
use axum::extract::{FromRef, State};
use http::StatusCode;
use serde::Serialize;
use socketio::{Socket, TransportKind};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Client, Ending, Sessions};
use crate::auth::{Admin, Authenticator};
use crate::clock::rfc3339;
use crate::http::{ApiError, ErrorBody, Paging, PagingQuery, Segment};

/// One live connection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
#[serde(rename_all = "camelCase")]
struct ShownSession {
    /// The id of its socket.
    id: String,
    #[schema(format = "uuid")]
    user_id: String,
    full_name: String,
    /// `desktop` or `mobile`, as the client says.
    device: &'static str,
    /// The address of the client, behind trusted proxies the one that they forward.
    address: Option<String>,
    /// `polling` or `websocket`.
    transport: &'static str,
    #[schema(format = DateTime)]
    connected_at: String,
    /// When its token ends.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&Socket<Client>> for ShownSession {
    fn from(socket: &Socket<Client>) -> Self {
        let client = socket.data();
        Self {
            id: socket.id().to_string(),
            user_id: client.user_id().to_string(),
            full_name: client.user().full_name.to_string(),
            device: client.device().as_str(),
            address: socket.handshake().client_addr.map(|address| address.to_string()),
            transport: match socket.transport() {
                TransportKind::Polling => "polling",
                TransportKind::WebSocket => "websocket",
            },
            connected_at: rfc3339(client.connected_at_millis()),
            expires_at: rfc3339(client.expires_at_secs().saturating_mul(1_000)),
        }
    }
}

#[derive(Debug, Clone, FromRef)]
struct SessionsState {
    sessions: Sessions,
    authenticator: Authenticator,
}

/// The routes, to be nested under `/sessions`.
pub(crate) fn routes(sessions: Sessions) -> OpenApiRouter {
    let authenticator = sessions.0.authenticator.clone();
    let state = SessionsState { sessions, authenticator };
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(end)).with_state(state)
}

/// Lists the live connections to this server, in the order in which they came.
#[utoipa::path(
    get, path = "/", operation_id = "listSessions", tag = "sessions", params(PagingQuery),
    security(("token" = ["admin"])),
    responses((status = 200, body = Vec<ShownSession>, description = "This part of the list")),
)]
async fn list(
    _: Admin,
    State(sessions): State<Sessions>,
    Paging(page): Paging,
) -> Json<Vec<ShownSession>> {
    let sockets = sessions.registry().page(page);
    Json(sockets.iter().map(ShownSession::from).collect())
}

/// Ends a live connection. Its client is told that it was kicked; its token stays valid.
#[utoipa::path(
    delete, path = "/{id}", operation_id = "endSession", tag = "sessions",
    params(("id" = String, Path, description = "The id of its socket")),
    security(("token" = ["admin"])),
    responses(
        (status = 200, description = "It has ended"),
        (status = 404, body = ErrorBody, description = "There is no such connection"),
    ),
)]
async fn end(
    admin: Admin,
    State(sessions): State<Sessions>,
    Segment(id): Segment,
) -> Result<StatusCode, ApiError> {
    let found = sessions.registry().find(|socket| socket.id().as_str() == id);
    let socket = found.ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, format!("Session with id: {id} not found"))
    })?;
    sessions.expel(&socket, Ending::Kicked);
    tracing::info!(socket = %socket.id(), by = %admin.verified().user().id, "kicked");
    Ok(StatusCode::OK)
}
