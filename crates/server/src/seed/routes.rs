//! `POST seed`, and `GET seed` as the original has it.

use axum::Router;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::routing::get;
use http::StatusCode;
use http::request::Parts;

use super::{Seed, SeedError};
use crate::auth::{Admin, Authenticator};
use crate::http::ApiError;

/// What the original answers.
const DONE: &str = "SEED EXECUTED";

/// Who may have the seed put into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedAccess {
    /// Anyone, in the demo.
    Everyone,
    /// Admins alone.
    Admins,
}

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct SeedState {
    pub(crate) seed: Seed,
    pub(crate) access: SeedAccess,
    pub(crate) authenticator: Authenticator,
}

/// Whoever asks may.
struct MaySow;

/// The routes, to be nested under `/seed`.
pub(crate) fn routes(state: SeedState) -> Router {
    Router::new().route("/", get(sow).post(sow_and_create)).with_state(state)
}

async fn sow(_: MaySow, State(seed): State<Seed>) -> Result<&'static str, ApiError> {
    seed.sow().await?;
    Ok(DONE)
}

async fn sow_and_create(
    may: MaySow,
    seed: State<Seed>,
) -> Result<(StatusCode, &'static str), ApiError> {
    Ok((StatusCode::CREATED, sow(may, seed).await?))
}

impl FromRequestParts<SeedState> for MaySow {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SeedState) -> Result<Self, ApiError> {
        if state.access == SeedAccess::Admins {
            Admin::from_request_parts(parts, state).await?;
        }
        Ok(Self)
    }
}

impl From<SeedError> for ApiError {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Hash(error) => error.into(),
            SeedError::Storage(error) => error.into(),
            SeedError::Images(error) => Self::internal(&error),
        }
    }
}
