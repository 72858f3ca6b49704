//! Whether the server can do its work, for whoever restarts it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::users::UserRepository;

/// `GET /healthz`: 200 while the database answers, else 503.
pub async fn healthz(State(users): State<Arc<dyn UserRepository>>) -> Response {
    match users.ping().await {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::warn!(%error, "unhealthy");
            let body = Json(json!({ "status": "unavailable" }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
