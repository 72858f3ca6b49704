//! The document of the API (OpenAPI 3.1). What is in it comes from the routes and from the types of
//! their bodies; what all operations of a kind have in common is added here.

mod answers;
mod outline;
mod page;

use std::sync::Arc;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use outline::{ADMIN, TOKEN};

use crate::pages::Assets;

/// The routes without their documentation, and `/api`, `/api-json` beside them, where it is: for
/// people, with the Swagger UI of these assets, and for programs.
pub(crate) fn published(routes: OpenApiRouter, assets: Arc<Assets>) -> Router {
    let (routes, described) =
        OpenApiRouter::with_openapi(outline::outline()).merge(routes).split_for_parts();
    routes.merge(page::routes(&answers::completed(described), assets))
}
