//! `POST auth/register`, `POST auth/login`, `GET auth/check-status`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;

use super::accounts::{Accounts, RegisterError, SignInError};
use super::authenticator::{Authenticator, VerifiedUser};
use super::body::{Login, Registration, SignedIn};
use super::hasher::HashError;
use super::limits::AuthLimits;
use super::token::Tokens;
use crate::http::{ApiError, BodyTimeout, ClientAddr, Validated};
use crate::users::Role;

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
pub fn routes(state: AuthState) -> Router {
    Router::new()
        .route("/register", post(register))
        .route("/login", post(login))
        .route("/check-status", get(check_status))
        .route("/check-auth", get(check_status))
        .with_state(state)
}

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
    Ok((StatusCode::CREATED, Json(SignedIn::new(&user, state.tokens.issue(user.id)))))
}

async fn login(
    State(state): State<AuthState>,
    ClientAddr(address): ClientAddr,
    Validated(form): Validated<Login>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    state.limits.login(address, &form.email)?;
    let signed_in = state.accounts.sign_in(&form.email, form.password.0).await;
    let user = signed_in.map_err(|error| match error {
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
    Ok((StatusCode::CREATED, Json(SignedIn::new(&user, state.tokens.issue(user.id)))))
}

async fn check_status(State(tokens): State<Tokens>, verified: VerifiedUser) -> Json<SignedIn> {
    let user = verified.user();
    Json(SignedIn::new(user, tokens.issue(user.id)))
}

impl From<HashError> for ApiError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::unavailable(),
            HashError::Failed(_) => Self::internal(&error),
        }
    }
}
