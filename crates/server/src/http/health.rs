//! Whether the server can do its work, for whoever restarts it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::users::UserRepository;

/// The route.
pub(crate) fn routes(users: Arc<dyn UserRepository>) -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(healthz)).with_state(users)
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    status: HealthStatus,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum HealthStatus {
    Ok,
    Unavailable,
}

/// Answers 200 while the database answers, else 503.
#[utoipa::path(
    get, path = "/healthz", operation_id = "health", tag = "health",
    responses(
        (status = 200, body = Health, description = "The server can do its work"),
        (status = 503, body = Health, description = "Its database does not answer"),
    ),
)]
async fn healthz(State(users): State<Arc<dyn UserRepository>>) -> Response {
    match users.ping().await {
        Ok(()) => Json(Health { status: HealthStatus::Ok }).into_response(),
        Err(error) => {
            tracing::warn!(%error, "unhealthy");
            let body = Json(Health { status: HealthStatus::Unavailable });
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
