//! `GET /api/rooms`: where one can talk.

use axum::Json;
use axum::extract::{FromRef, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::room_members::ShownMember;
use super::{Channel, Denied};
use crate::auth::{Authenticator, VerifiedUser};
use crate::events::Problem;
use crate::http::ApiError;
use crate::messages::{Conversations, Direct};

#[derive(Debug, Clone)]
struct RoomsState {
    conversations: Conversations,
    authenticator: Authenticator,
}

impl FromRef<RoomsState> for Authenticator {
    fn from_ref(state: &RoomsState) -> Self {
        state.authenticator.clone()
    }
}

/// A room, as a user sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
#[serde(rename_all = "camelCase")]
struct ListedRoom {
    room: String,
    /// Whether the user is a member, or may become one.
    joined: bool,
    /// The number of the last message; 0 if there is none.
    last_seq: u64,
    /// There if it is between two people: the other one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    direct: Option<ShownMember>,
}

/// The routes, to be nested under `/rooms`.
pub(crate) fn routes(conversations: Conversations, authenticator: Authenticator) -> OpenApiRouter {
    let state = RoomsState { conversations, authenticator };
    OpenApiRouter::default().routes(routes!(list)).with_state(state)
}

/// Lists the lobby, the rooms that the user is a member of, those that are configured and open to them,
/// and the last hundred people with whom they have talked.
#[utoipa::path(
    get, path = "/", operation_id = "listRooms", tag = "rooms",
    security(("token" = [])),
    responses((status = 200, body = Vec<ListedRoom>, description = "The rooms")),
)]
async fn list(
    user: VerifiedUser,
    State(state): State<RoomsState>,
) -> Result<Json<Vec<ListedRoom>>, ApiError> {
    let named = state.conversations.members().rooms_for(user.user()).await?;
    let named = named.into_iter().map(|(room, joined)| (Channel::Named(room), joined));
    let (channels, joined): (Vec<_>, Vec<_>) =
        std::iter::once((Channel::Lobby, true)).chain(named).unzip();
    let last_seqs = state.conversations.last_seqs(&channels).await?;
    let mut rooms = Vec::new();
    for ((channel, joined), last_seq) in channels.iter().zip(joined).zip(last_seqs) {
        rooms.push(ListedRoom {
            room: channel.name().into_owned(),
            joined,
            last_seq,
            direct: None,
        });
    }
    let id = user.user().id;
    for Direct { pair, full_name, last_seq } in state.conversations.directs(id).await? {
        rooms.push(ListedRoom {
            room: Channel::Direct(pair).name().into_owned(),
            joined: true,
            last_seq,
            direct: Some(ShownMember { user_id: pair.other(id).to_string(), full_name }),
        });
    }
    Ok(Json(rooms))
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unavailable(cause) => cause.into(),
            denied => Problem::from(denied).into(),
        }
    }
}
