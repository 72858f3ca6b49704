//! What all routes share: bodies, unknown paths, origins, headers, pages.

use axum::body::Body;
use http::{Request, header};
use serde_json::json;

use crate::server::{TestServer, post};

#[tokio::test]
async fn unknown_paths_and_methods_under_api_are_404_in_json() {
    let server = TestServer::start().await;
    for path in ["/api/nothing", "/api/v1", "/api/v1/nothing", "/api/auth/nothing"] {
        let request = Request::get(path).header("accept", "text/html");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        answer.assert_error(404, "Not Found", &format!("Cannot GET {path}"));
    }
    let answer = server.get("/api/auth/login").await;
    answer.assert_error(404, "Not Found", "Cannot GET /api/auth/login");
    let answer = server.send(post("/api", "{}")).await;
    answer.assert_error(404, "Not Found", "Cannot POST /api");
    let answer = server.send(post("/somewhere", "{}")).await;
    answer.assert_error(404, "Not Found", "Cannot POST /somewhere");
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_does_not_matter() {
    let server = TestServer::start().await;
    for path in ["/api/products/?limit=1", "/api/v1/products/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.send(post("/api/auth/login/", "{}")).await.status, 400);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400() {
    let server = TestServer::start().await;
    for body in ["{", "nonsense", "{\"email\":}", "{\"email\":\"\u{0}\"}"] {
        let answer = server.send(post("/api/auth/login", body)).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["message"].as_str().unwrap().contains("not valid JSON"));
    }
    for body in ["[]", "null", "7", "\"text\""] {
        let answer = server.send(post("/api/auth/login", body)).await;
        answer.assert_error(400, "Bad Request", "The body must be a JSON object");
    }
    let deep = format!("{{\"email\":{}", "[".repeat(50_000));
    assert_eq!(server.send(post("/api/auth/login", deep)).await.status, 400);
}

#[tokio::test]
async fn another_content_type_is_415_and_an_absent_body_an_empty_one() {
    let server = TestServer::start().await;
    let request = Request::post("/api/auth/login").body(Body::from("a=b")).unwrap();
    assert_eq!(server.send(request).await.status, 415);
    let request = Request::post("/api/auth/login").body(Body::empty()).unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["message"].is_array());
}

#[tokio::test]
async fn a_body_above_100_kb_is_413() {
    let server = TestServer::start().await;
    let body = |bytes: usize| json!({ "email": "x".repeat(bytes) }).to_string();
    let answer = server.send(post("/api/auth/login", body(102_400))).await;
    answer.assert_error(413, "Payload Too Large", "request entity too large");
    assert_eq!(server.send(post("/api/auth/login", body(102_000))).await.status, 400);
}

#[tokio::test]
async fn every_answer_names_its_request_and_forbids_guessing() {
    let server = TestServer::start().await;
    let mut ids = std::collections::HashSet::new();
    for path in ["/", "/healthz", "/api/nothing", "/api/auth/check-status"] {
        let headers = server.get(path).await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(ids.insert(headers["x-request-id"].clone()));
    }
}

fn preflight(headers: &str) -> Request<Body> {
    Request::options("/api/auth/login")
        .header(header::ORIGIN, "http://localhost:5173")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn preflights_of_any_origin_are_answered() {
    let server = TestServer::start().await;
    for name in ["authentication", "authorization,content-type"] {
        let answer = server.send(preflight(name)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert_eq!(answer.headers["access-control-allow-headers"], *name);
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn configured_origins_are_the_only_ones() {
    let server = TestServer::with(&[("TERTULIA_CORS__ORIGINS", "https://chat.example")]).await;
    let answer = server.send(preflight("authorization")).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let request = Request::get("/healthz").header(header::ORIGIN, "https://chat.example");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "https://chat.example");
}

#[tokio::test]
async fn the_root_is_a_page_under_a_policy() {
    let server = TestServer::start().await;
    let answer = server.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(answer.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn health_is_told() {
    let answer = TestServer::start().await.get("/healthz").await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "ok" })));
}
