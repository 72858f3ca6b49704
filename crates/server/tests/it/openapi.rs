//! The document of the API.

use std::path::Path;

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
