//! The document of the API.

use std::path::Path;

use axum::body::Body;
use http::{Method, Request};

use crate::server::TestServer;

/// `make generate` writes it, by way of this test.
#[tokio::test]
async fn the_kept_document_is_current() {
    let answer = TestServer::start().await.get("/api-json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let current = serde_json::to_string_pretty(&answer.json()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&kept, &current).unwrap();
    }
    let kept = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(kept == current, "docs/openapi.json is not current: `make generate` writes it");
}

#[tokio::test]
async fn people_read_it_on_a_page_that_asks_this_server_alone() {
    let server = TestServer::start().await;
    for path in ["/api", "/api/"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"));
        assert!(answer.text.contains("<title>"));
    }
    let head = Request::builder().method(Method::HEAD).uri("/api").body(Body::empty()).unwrap();
    let head = server.send(head).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}
