//! `POST files/product` and `GET files/product/:imageName`.

use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::response::Response;
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    #[schema(format = "uri")]
    secure_url: String,
}

/// The form of an upload; other fields are read over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "what is read of a form is written to a file, and kept nowhere else")]
struct UploadForm {
    /// A JPEG, PNG, GIF or WebP, told by its content.
    #[schema(value_type = String, format = Binary)]
    file: (),
}

/// The routes, to be nested under `/files`.
pub(crate) fn routes(state: FilesState) -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(upload))
        // Everything that follows is a name, so that slashes in it are answered like anything else
        // that no image is called.
        .routes(routes!(image))
        .with_state(state)
}

/// Keeps an image.
#[utoipa::path(
    post, path = "/product", operation_id = "uploadImage", tag = "files",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    security(("token" = [])),
    responses((status = 201, body = Uploaded, description = "Where the image is")),
)]
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

/// Answers an image.
#[utoipa::path(
    get, path = "/product/{*name}", operation_id = "image", tag = "files",
    params(
        ("name" = String, Path, description = "As uploading answers it: an id and an extension"),
    ),
    responses(
        (status = 200, description = "The image", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"),
            (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp"),
        )),
        (status = 206, description = "The part that is wanted of it", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"),
            (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp"),
        )),
        (status = 304, description = "The known one is current"),
        (status = 416, description = "There is no such part"),
    ),
)]
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
