//! `seed`: what there is to try things out with.

use std::collections::HashSet;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::binary;
use crate::server::{Answer, Kind, TestServer, on_each_database};

async fn login(server: &TestServer, email: &str) -> Answer {
    server.post("/api/auth/login", &json!({ "email": email, "password": "Abc123" })).await
}

async fn products(server: &TestServer) -> Vec<Value> {
    let answer = server.get("/api/products?limit=100").await;
    answer.json().as_array().unwrap().clone()
}

async fn the_demo_fills_itself_for_everyone(database: Kind) {
    let server = TestServer::demo(database).await;
    assert!(products(&server).await.is_empty());
    let answer = server.post("/api/seed", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (201, "SEED EXECUTED"));
    let first = login(&server, "test1@google.com").await.json();
    assert_eq!((&first["fullName"], &first["roles"]), (&json!("Test One"), &json!(["admin"])));
    let second = login(&server, "Test2@Google.com").await.json();
    assert_eq!(second["roles"], json!(["user"]));
    let products = products(&server).await;
    assert_eq!(products.len(), 50);
    let titles: HashSet<_> = products.iter().map(|product| product["title"].as_str()).collect();
    assert_eq!(titles.len(), 50);
    for product in &products {
        let images = product["images"].as_array().unwrap();
        assert_eq!(images.len(), 2);
        for image in images {
            let path = format!("/api/files/product/{}", image.as_str().unwrap());
            let answer = server.get(&path).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.headers["content-type"]),
                (200, &"image/webp".parse().unwrap())
            );
        }
        assert_eq!(product["user"]["id"], first["id"]);
    }
}

async fn the_second_time_adds_what_is_missing_and_changes_nothing(database: Kind) {
    let server = TestServer::demo(database).await;
    server.get("/api/seed").await;
    let before = products(&server).await;
    let user = login(&server, "test1@google.com").await.json();
    let token = format!("Bearer {}", user["token"].as_str().unwrap());
    let send = async |method: &str, id: &Value, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/products/{}", id.as_str().unwrap()))
            .header("authorization", &token)
            .header("content-type", "application/json");
        server.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    send("DELETE", &before[3]["id"], "").await;
    let changed = send("PATCH", &before[5]["id"], r#"{"price":1,"images":[]}"#).await.json();
    let answer = server.get("/api/v1/seed").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "SEED EXECUTED"));
    let after = products(&server).await;
    assert_eq!(after.len(), 50);
    let again = after.iter().find(|product| product["title"] == before[3]["title"]).unwrap();
    assert_ne!(again["id"], before[3]["id"]);
    assert!(after.contains(&changed));
    assert_eq!(login(&server, "test1@google.com").await.json()["id"], user["id"]);
}

async fn elsewhere_it_is_for_admins(database: Kind) {
    let server = TestServer::on(database).await;
    for path in ["/api/seed", "/api/v1/seed"] {
        assert_eq!(server.get(path).await.status, 401);
        assert_eq!(server.post(path, &json!({})).await.status, 401);
    }
    let body = json!({ "email": "bob@example.com", "password": "Abc123", "fullName": "Bob" });
    let user = server.post("/api/auth/register", &body).await.json();
    let token = format!("Bearer {}", user["token"].as_str().unwrap());
    let answer = server.get_with("/api/seed", &token).await;
    answer.assert_error(403, "Forbidden", "User Bob need a valid role: [admin]");
    assert!(products(&server).await.is_empty());
    server
        .app
        .core()
        .users
        .update(
            user["id"].as_str().unwrap().parse().unwrap(),
            &tertulia::users::UserChange {
                roles: Some(vec![tertulia::users::Role::Admin]),
                ..Default::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(server.get_with("/api/seed", &token).await.text, "SEED EXECUTED");
    assert_eq!(products(&server).await.len(), 50);
}

#[test]
fn the_command_line_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for said in ["added 2 users and 50 products", "added 0 users and 0 products"] {
        let output = binary::output(folder.path(), &["seed"], &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(said), "{text}");
        assert!(text.contains("test1@google.com") && text.contains("Abc123"), "{text}");
    }
    let memory = binary::output(folder.path(), &["seed", "--database-url", "sqlite::memory:"], &[]);
    assert_eq!(memory.status.code(), Some(2));
}

on_each_database!(
    the_demo_fills_itself_for_everyone,
    the_second_time_adds_what_is_missing_and_changes_nothing,
    elsewhere_it_is_for_admins,
);
