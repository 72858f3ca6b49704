//! `GET /api/users` and `PATCH /api/users/:id`, for admins.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::routing::{get, patch};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::Value;

use super::{Role, ShownUser, UserChange, UserId, UserRepository};
use crate::auth::{Admin, Authenticator};
use crate::http::{ApiError, BodyTimeout, Fields, Form, Paging, Refused, Segment, Validated};
use crate::presence::Presence;

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct UsersState {
    pub(crate) users: Arc<dyn UserRepository>,
    pub(crate) authenticator: Authenticator,
    pub(crate) presence: Presence,
    pub(crate) body_timeout: BodyTimeout,
}

/// The routes, to be nested under `/users`.
pub(crate) fn routes(state: UsersState) -> Router {
    Router::new().route("/", get(list)).route("/{id}", patch(change)).with_state(state)
}

async fn list(
    _: Admin,
    State(users): State<Arc<dyn UserRepository>>,
    Paging(page): Paging,
) -> Result<Json<Vec<ShownUser>>, ApiError> {
    let users = users.list(page).await?;
    Ok(Json(users.iter().map(ShownUser::from).collect()))
}

async fn change(
    admin: Admin,
    State(state): State<UsersState>,
    Segment(id): Segment,
    Validated(change): Validated<UserChange>,
) -> Result<Json<ShownUser>, ApiError> {
    let id: UserId =
        id.parse().map_err(|_| ApiError::bad_request("Validation failed (uuid is expected)"))?;
    let user = state.users.update(id, &change).await?.ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, format!("User with id: {id} not found"))
    })?;
    tracing::info!(user = %id, by = %admin.verified().user().id, "changed by an admin");
    if !user.is_active {
        state.presence.end_inactive(id);
    }
    Ok(Json(ShownUser::from(&user)))
}

impl Form for UserChange {
    fn read(fields: &mut Fields) -> Option<Self> {
        let full_name = fields.take_optional("fullName");
        let is_active = take_flag(fields, "isActive");
        let roles = take_roles(fields, "roles");
        Some(Self { full_name: full_name.ok()?, is_active: is_active.ok()?, roles: roles.ok()? })
    }
}

fn take_flag(fields: &mut Fields, name: &str) -> Result<Option<bool>, Refused> {
    match fields.take_value(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(_) => Err(fields.refuse(format!("{name} must be a boolean value"))),
    }
}

fn take_roles(fields: &mut Fields, name: &str) -> Result<Option<Vec<Role>>, Refused> {
    let values = match fields.take_value(name) {
        None => return Ok(None),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(fields.refuse(format!("{name} must be an array"))),
    };
    if values.is_empty() {
        return Err(fields.refuse(format!("{name} should not be empty")));
    }
    let roles = values.iter().map(|value| value.as_str()?.parse().ok());
    let roles = roles.collect::<Option<Vec<Role>>>().ok_or_else(|| {
        fields.refuse(format!(
            "each value in {name} must be one of the following values: admin, super-user, user"
        ))
    })?;
    Ok(Some(roles))
}
