//! `GET /api-json`: the document.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::header;
use utoipa::openapi::OpenApi;

pub(super) fn routes(document: &OpenApi) -> Router {
    let text = document.to_json().expect("a document is made of strings, numbers and lists");
    let document = Bytes::from(text);
    Router::new().route(
        "/api-json",
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
    )
}
