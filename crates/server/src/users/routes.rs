//! `GET /api/users` and `PATCH /api/users/:id`, for admins.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use http::StatusCode;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{FullName, Role, ShownUser, UserChange, UserChanges, UserId, UserRepository};
use crate::auth::{Accounts, Admin, Authenticator, NewPassword};
use crate::http::{
    ApiError, BodyTimeout, ErrorBody, Fields, Form, Paging, PagingQuery, Refused, Segment,
    Validated,
};

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct UsersState {
    pub(crate) users: Arc<dyn UserRepository>,
    pub(crate) changes: UserChanges,
    pub(crate) accounts: Accounts,
    pub(crate) authenticator: Authenticator,
    pub(crate) body_timeout: BodyTimeout,
}

/// What is left out, or null, stays as it is.
#[derive(Debug, ToSchema)]
#[schema(as = UserChange, rename_all = "camelCase")]
struct ChangeBody {
    full_name: Option<FullName>,
    is_active: Option<bool>,
    #[schema(min_items = 1)]
    roles: Option<Vec<Role>>,
    password: Option<NewPassword>,
}

/// The routes, to be nested under `/users`.
pub(crate) fn routes(state: UsersState) -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(change)).with_state(state)
}

/// Lists the users, in a stable order.
#[utoipa::path(
    get, path = "/", operation_id = "listUsers", tag = "users", params(PagingQuery),
    security(("token" = ["admin"])),
    responses((status = 200, body = Vec<ShownUser>, description = "This part of the list")),
)]
async fn list(
    _: Admin,
    State(users): State<Arc<dyn UserRepository>>,
    Paging(page): Paging,
) -> Result<Json<Vec<ShownUser>>, ApiError> {
    let users = users.list(page).await?;
    Ok(Json(users.iter().map(ShownUser::from).collect()))
}

/// Changes a user. One who is deactivated is disconnected at once; so is one who gets another
/// password, and tokens that were issued before do not count any more. Other changes are seen by
/// their live connections at once.
#[utoipa::path(
    patch, path = "/{id}", operation_id = "changeUser", tag = "users",
    params(("id" = String, Path, format = "uuid")),
    request_body = ChangeBody,
    security(("token" = ["admin"])),
    responses(
        (status = 200, body = ShownUser, description = "The user as they are now"),
        (status = 404, body = ErrorBody, description = "There is no such user"),
    ),
)]
async fn change(
    admin: Admin,
    State(changes): State<UserChanges>,
    State(accounts): State<Accounts>,
    Segment(id): Segment,
    Validated(body): Validated<ChangeBody>,
) -> Result<Json<ShownUser>, ApiError> {
    let id: UserId =
        id.parse().map_err(|_| ApiError::bad_request("Validation failed (uuid is expected)"))?;
    if id == admin.verified().user().id && body.takes_from_an_admin() {
        let message = "Admins cannot deactivate themselves or give up their role";
        return Err(ApiError::bad_request(message));
    }
    let ChangeBody { full_name, is_active, roles, password } = body;
    let password = match password {
        Some(password) => Some(accounts.another_password(password).await?),
        None => None,
    };
    let change = UserChange { full_name, is_active, roles, password };
    let user = changes.make(id, change).await?.ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, format!("User with id: {id} not found"))
    })?;
    tracing::info!(user = %id, by = %admin.verified().user().id, "changed by an admin");
    Ok(Json(ShownUser::from(&user)))
}

impl ChangeBody {
    /// Whether an admin is none any more after it. Of oneself that is refused: nobody might be left
    /// to take it back.
    fn takes_from_an_admin(&self) -> bool {
        let gives_up = self.roles.as_ref().is_some_and(|roles| !roles.contains(&Role::Admin));
        self.is_active == Some(false) || gives_up
    }
}

impl Form for ChangeBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let full_name = fields.take_optional("fullName");
        let is_active = take_flag(fields, "isActive");
        let roles = take_roles(fields, "roles");
        let password = fields.take_optional("password");
        Some(Self {
            full_name: full_name.ok()?,
            is_active: is_active.ok()?,
            roles: roles.ok()?,
            password: password.ok()?,
        })
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
