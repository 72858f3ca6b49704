//! `GET /api`: the document for people, in Swagger UI. `GET /api-json`: the document.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, header};
use utoipa::openapi::OpenApi;

use crate::pages::{self, Assets};

pub(super) fn routes(document: &OpenApi, assets: Arc<Assets>) -> Router {
    let text = document.to_json().expect("a document is made of strings, numbers and lists");
    let document = Bytes::from(text);
    Router::new()
        .route("/api", get(swagger_ui))
        .route("/api/", get(swagger_ui))
        .with_state(assets)
        .route(
            "/api-json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
        )
}

async fn swagger_ui(State(assets): State<Arc<Assets>>, headers: HeaderMap) -> Response {
    pages::page(&assets, "swagger/index.html", &headers)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    async fn page(assets: Assets, headers: HeaderMap) -> (Response, String) {
        let (parts, body) = swagger_ui(State(Arc::new(assets)), headers).await.into_parts();
        let text = axum::body::to_bytes(body, 100_000).await.unwrap();
        (Response::from_parts(parts, ().into()), String::from_utf8(text.to_vec()).unwrap())
    }

    fn built() -> Assets {
        let page = Bytes::from_static(b"<p>Swagger");
        Assets::from_files([("swagger/index.html".to_owned(), page)])
    }

    #[tokio::test]
    async fn is_under_the_policy_of_pages_and_is_not_sent_twice() {
        let (answer, text) = page(built(), HeaderMap::new()).await;
        assert_eq!(text, "<p>Swagger");
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let known = [(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone())];
        let (again, text) = page(built(), known.into_iter().collect()).await;
        assert_eq!((again.status(), text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }

    #[tokio::test]
    async fn without_a_client_says_how_to_build_it() {
        let (answer, text) = page(Assets::default(), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        assert!(text.contains("make build"));
    }
}
