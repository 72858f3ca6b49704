//! `POST seed`, and `GET seed` as the original has it.

use axum::extract::{FromRef, FromRequestParts, State};
use http::StatusCode;
use http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Seed, SeedError};
use crate::auth::{Admin, Authenticator};
use crate::files::not_written;
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
pub(crate) fn routes(state: SeedState) -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(sow, sow_and_create)).with_state(state)
}

/// The same as POST, as in the original.
#[utoipa::path(
    get, path = "/", operation_id = "seedByGet", tag = "seed",
    security((), ("token" = ["admin"])),
    responses((status = 200, body = String, content_type = "text/plain", description = "Done")),
)]
async fn sow(_: MaySow, State(seed): State<Seed>) -> Result<&'static str, ApiError> {
    seed.sow().await?;
    Ok(DONE)
}

/// Adds the users and products that there are to try things out with, as far as they are missing.
/// In the demo anyone may, elsewhere admins.
#[utoipa::path(
    post, path = "/", operation_id = "seed", tag = "seed",
    security((), ("token" = ["admin"])),
    responses((status = 201, body = String, content_type = "text/plain", description = "Done")),
)]
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
            SeedError::Images(error) => not_written(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn a_full_disk_may_be_emptied_and_other_faults_are_ours() {
        let status = |kind: io::ErrorKind| {
            let error = SeedError::Images(kind.into());
            ApiError::from(error).into_response().status().as_u16()
        };
        assert_eq!(status(io::ErrorKind::StorageFull), 503);
        assert_eq!(status(io::ErrorKind::PermissionDenied), 500);
    }
}
