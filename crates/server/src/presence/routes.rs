//! `GET /api/clients`: the people behind the ids of `clients-updated`.

use axum::Json;
use axum::extract::{FromRef, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Presence;
use crate::auth::{Authenticator, VerifiedUser};
use crate::clock::rfc3339;

#[derive(Debug, Clone)]
struct ClientsState {
    presence: Presence,
    authenticator: Authenticator,
}

impl FromRef<ClientsState> for Authenticator {
    fn from_ref(state: &ClientsState) -> Self {
        state.authenticator.clone()
    }
}

/// One connected socket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectedClient {
    /// The id of the socket.
    id: String,
    #[schema(format = "uuid")]
    user_id: String,
    full_name: String,
    #[schema(format = DateTime)]
    connected_at: String,
}

/// The routes of this module.
pub(crate) fn routes(presence: Presence, authenticator: Authenticator) -> OpenApiRouter {
    let state = ClientsState { presence, authenticator };
    OpenApiRouter::default().routes(routes!(list)).with_state(state)
}

/// Lists the connected sockets, in the order of registration.
#[utoipa::path(
    get, path = "/", operation_id = "listClients", tag = "clients",
    security(("token" = [])),
    responses((status = 200, body = Vec<ConnectedClient>, description = "The sockets")),
)]
async fn list(
    _user: VerifiedUser,
    State(state): State<ClientsState>,
) -> Json<Vec<ConnectedClient>> {
    let roster = state.presence.roster();
    let clients = roster.iter().map(|socket| {
        let client = socket.data();
        ConnectedClient {
            id: socket.id().to_string(),
            user_id: client.user_id().to_string(),
            full_name: client.user().full_name.to_string(),
            connected_at: rfc3339(client.connected_at_millis()),
        }
    });
    Json(clients.collect())
}
