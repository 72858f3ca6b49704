//! `POST auth/register`, `POST auth/login`, `GET auth/check-status`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, State};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::{Accounts, RegisterError, SignInError};
use super::authenticator::{Authenticator, VerifiedUser};
use super::body::{Login, Registration, SignedIn};
use super::hasher::HashError;
use super::limits::AuthLimits;
use super::token::Tokens;
use crate::http::{ApiError, BodyTimeout, ClientAddr, ErrorBody, Validated};
use crate::users::{Account, Role};

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub struct AuthState {
    /// Makes accounts, lets people in.
    pub accounts: Accounts,
    /// Makes tokens.
    pub tokens: Tokens,
    /// Knows people by their tokens.
    pub authenticator: Authenticator,
    /// How often someone may try.
    pub limits: Arc<AuthLimits>,
    /// How long a body may take.
    pub body_timeout: BodyTimeout,
}

/// The routes, to be nested under `/auth`.
pub fn routes(state: AuthState) -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(check_status))
        // Its other name in the original.
        .route("/check-auth", get(check_status))
        .with_state(state)
        // They hold tokens. What must not be stored is not compressed either.
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

/// Makes an account, and signs in.
#[utoipa::path(
    post, path = "/register", operation_id = "register", tag = "auth",
    request_body = Registration,
    responses(
        (status = 201, body = SignedIn, description = "The new user"),
        (status = 429, body = ErrorBody, description = "Too many accounts from this address"),
    ),
)]
async fn register(
    State(state): State<AuthState>,
    ClientAddr(address): ClientAddr,
    Validated(form): Validated<Registration>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    state.limits.register(address)?;
    let Registration { email, password, full_name } = form;
    let taken = format!("Key (email)=({email}) already exists.");
    let user =
        state.accounts.register(email, full_name, password, vec![Role::User]).await.map_err(
            |error| match error {
                RegisterError::EmailTaken => ApiError::bad_request(taken),
                RegisterError::Hash(error) => error.into(),
                RegisterError::Storage(error) => error.into(),
            },
        )?;
    tracing::info!(user = %user.id, "registered");
    Ok((StatusCode::CREATED, Json(SignedIn::new(&user, state.tokens.issue(user.id, 0)))))
}

/// Signs in. What is wrong with the credentials is not told.
#[utoipa::path(
    post, path = "/login", operation_id = "login", tag = "auth",
    request_body = Login,
    responses(
        (status = 201, body = SignedIn, description = "The user"),
        (status = 401, body = ErrorBody, description = "Wrong credentials, or an inactive user"),
        (status = 429, body = ErrorBody, description = "Too many attempts"),
    ),
)]
async fn login(
    State(state): State<AuthState>,
    ClientAddr(address): ClientAddr,
    Validated(form): Validated<Login>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    state.limits.login(address, &form.email)?;
    let signed_in = state.accounts.sign_in(&form.email, form.password.0).await;
    let Account { user, tokens_since_secs } = signed_in.map_err(|error| match error {
        SignInError::WrongCredentials => {
            tracing::info!(%address, "a login failed");
            ApiError::unauthorized_because("Credentials are not valid")
        }
        SignInError::Inactive => {
            ApiError::unauthorized_because("User is inactive, talk with an admin")
        }
        SignInError::Hash(error) => error.into(),
        SignInError::Storage(error) => error.into(),
    })?;
    tracing::info!(user = %user.id, "logged in");
    let token = state.tokens.issue(user.id, tokens_since_secs);
    Ok((StatusCode::CREATED, Json(SignedIn::new(&user, token))))
}

/// Says who the token stands for, with a fresh one. `/check-auth` is the same.
#[utoipa::path(
    get, path = "/check-status", operation_id = "checkStatus", tag = "auth",
    security(("token" = [])),
    responses((status = 200, body = SignedIn, description = "The user")),
)]
async fn check_status(State(tokens): State<Tokens>, verified: VerifiedUser) -> Json<SignedIn> {
    let Account { user, tokens_since_secs } = verified.account();
    Json(SignedIn::new(user, tokens.issue(user.id, *tokens_since_secs)))
}

impl From<HashError> for ApiError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::unavailable(),
            HashError::Failed(_) => Self::internal(&error),
        }
    }
}
