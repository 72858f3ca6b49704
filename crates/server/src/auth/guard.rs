//! Handlers that take a [`VerifiedUser`] answer only those who are signed in.

use axum::extract::{FromRef, FromRequestParts};
use http::header;
use http::request::Parts;

use super::authenticator::{AuthError, Authenticator, VerifiedUser};
use super::presented::bearer;
use crate::http::ApiError;

impl<S> FromRequestParts<S> for VerifiedUser
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let token = header.and_then(|value| value.to_str().ok()).and_then(bearer);
        Authenticator::from_ref(state).authenticate(token).await.map_err(ApiError::from)
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Token(_) | AuthError::Revoked => Self::unauthorized(),
            AuthError::UserUnknown => Self::unauthorized_because("Token not valid"),
            AuthError::UserInactive => {
                Self::unauthorized_because("User is inactive, talk with an admin")
            }
            AuthError::Unavailable(error) => error.into(),
        }
    }
}
