//! The variable part of a path.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use super::ApiError;

/// Extractor of the one variable part of a path, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(ApiError::bad_request("The path is not valid UTF-8")),
        }
    }
}
