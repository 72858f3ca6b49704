//! Handlers that take an [`Admin`] answer only those who have the role.

use axum::extract::{FromRef, FromRequestParts};
use http::StatusCode;
use http::request::Parts;

use super::authenticator::{Authenticator, VerifiedUser};
use crate::http::ApiError;
use crate::users::Role;

/// A verified user with the role `admin`. Only a request of one makes it.
#[derive(Debug, Clone)]
pub struct Admin(VerifiedUser);

impl Admin {
    /// Who it is.
    pub fn verified(&self) -> &VerifiedUser {
        &self.0
    }
}

impl<S> FromRequestParts<S> for Admin
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let verified = VerifiedUser::from_request_parts(parts, state).await?;
        let user = verified.user();
        if user.roles.contains(&Role::Admin) {
            return Ok(Self(verified));
        }
        let message = format!("User {} need a valid role: [{}]", user.full_name, Role::Admin);
        Err(ApiError::new(StatusCode::FORBIDDEN, message))
    }
}
