//! `GET /api/clients`: the people behind the ids of `clients-updated`.

use axum::extract::{FromRef, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

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
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectedClient {
    id: String,
    user_id: String,
    full_name: String,
    connected_at: String,
}

/// The routes of this module.
pub(crate) fn routes(presence: Presence, authenticator: Authenticator) -> Router {
    let state = ClientsState { presence, authenticator };
    Router::new().route("/", get(list)).with_state(state)
}

/// The sockets, in the order of registration.
async fn list(
    _user: VerifiedUser,
    State(state): State<ClientsState>,
) -> Json<Vec<ConnectedClient>> {
    let registry = state.presence.registry();
    let clients = registry.iter().map(|socket| {
        let client = socket.data();
        ConnectedClient {
            id: socket.id().to_string(),
            user_id: client.user().id.to_string(),
            full_name: client.user().full_name.to_string(),
            connected_at: rfc3339(client.connected_at_millis()),
        }
    });
    Json(clients.collect())
}
