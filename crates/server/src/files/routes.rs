//! `POST files/product` and `GET files/product/:imageName`.

use axum::extract::{FromRef, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{ApiAddress, ImageName, ImageStore, Uploads, serving};
use crate::auth::{Authenticator, VerifiedUser};
use crate::http::ApiError;

/// What the routes need.
#[derive(Debug, Clone, FromRef)]
pub(crate) struct FilesState {
    pub(crate) images: ImageStore,
    pub(crate) uploads: Uploads,
    pub(crate) address: ApiAddress,
    pub(crate) authenticator: Authenticator,
}

/// Where an image that was uploaded is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    secure_url: String,
}

/// The routes, to be nested under `/files`.
pub(crate) fn routes(state: FilesState) -> Router {
    Router::new()
        .route("/product", post(upload))
        // Everything that follows is a name, so that slashes in it are answered like anything else
        // that no image is called.
        .route("/product/{*name}", get(image))
        .with_state(state)
}

async fn upload(
    user: VerifiedUser,
    State(uploads): State<Uploads>,
    State(address): State<ApiAddress>,
    request: Request,
) -> Result<(StatusCode, Json<Uploaded>), ApiError> {
    let (parts, body) = request.into_parts();
    let name = uploads.receive(&parts.headers, body).await?;
    tracing::info!(image = %name, by = %user.user().id, "an image was uploaded");
    let secure_url = format!("{}/files/product/{name}", address.of(&parts.headers));
    Ok((StatusCode::CREATED, Json(Uploaded { secure_url })))
}

async fn image(State(images): State<ImageStore>, request: Request) -> Result<Response, ApiError> {
    let asked = request.uri().path();
    let asked = asked.strip_prefix("/product/").unwrap_or(asked);
    let asked = percent_decode_str(asked).decode_utf8_lossy().into_owned();
    let absent = || ApiError::bad_request(format!("No product found with image {asked}"));
    let name = ImageName::parse(&asked).map_err(|_| absent())?;
    let found = images.find(&name).await.map_err(|cause| ApiError::internal(&cause))?;
    let path = found.ok_or_else(absent)?;
    serving::serve(&name, &path, request).await.map_err(|cause| match cause.kind() {
        // It was removed a moment ago.
        std::io::ErrorKind::NotFound => absent(),
        _ => ApiError::internal(&cause),
    })
}
