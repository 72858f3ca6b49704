//! `GET /api/sessions` and `DELETE /api/sessions/:id` without a connection; `e2e/clients` has those
//! with some.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::server::{Answer, Kind, TestServer};

/// A server and the headers of an admin and of somebody else.
async fn house() -> (TestServer, String, String) {
    let server = TestServer::demo(Kind::Sqlite).await;
    server.post("/api/seed", &json!({})).await;
    let mut tokens = Vec::new();
    for email in ["test1@google.com", "test2@google.com"] {
        let body = json!({ "email": email, "password": "Abc123" });
        let user = server.post("/api/auth/login", &body).await.json();
        tokens.push(format!("Bearer {}", user["token"].as_str().unwrap()));
    }
    let other = tokens.remove(1);
    (server, tokens.remove(0), other)
}

async fn end(server: &TestServer, id: &str, authorization: &str) -> Answer {
    let request = Request::delete(format!("/api/sessions/{id}"));
    let request = request.header("authorization", authorization).body(Body::empty()).unwrap();
    server.send(request).await
}

#[tokio::test]
async fn only_admins_see_and_end_connections() {
    let (server, admin, other) = house().await;
    assert_eq!(server.get("/api/sessions").await.status, 401);
    assert_eq!(server.get_with("/api/sessions", &other).await.status, 403);
    assert_eq!(end(&server, "x", &other).await.status, 403);
    let answer = server.get_with("/api/sessions?limit=5", &admin).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!([])));
    let wrong = server.get_with("/api/sessions?limit=0&user=1", &admin).await;
    wrong.assert_problems(&["limit must not be less than 1", "property user should not exist"]);
    let message = "Session with id: x not found";
    end(&server, "x", &admin).await.assert_error(404, "Not Found", message);
}
