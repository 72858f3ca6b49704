//! `GET /api/users` and `PATCH /api/users/:id`.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use tertulia::users::{Role, UserChange, UserId};

use crate::server::{Answer, Kind, TestServer, on_each_database};

/// A server with an admin and one more user: their tokens, and the id of the latter.
struct House {
    server: TestServer,
    admin: String,
    bob: String,
    bob_id: String,
}

impl House {
    async fn new(database: Kind) -> Self {
        let server = TestServer::on(database).await;
        let mut tokens = Vec::new();
        for (email, name) in [("ada@example.com", "Ada"), ("bob@example.com", "Bob")] {
            let body = json!({ "email": email, "password": "Abc123", "fullName": name });
            let user = server.post("/api/auth/register", &body).await.json();
            let token = format!("Bearer {}", user["token"].as_str().unwrap());
            tokens.push((token, user["id"].as_str().unwrap().to_owned()));
        }
        let change = UserChange { roles: Some(vec![Role::Admin]), ..UserChange::default() };
        let ada: UserId = tokens[0].1.parse().unwrap();
        server.app.core().users.update(ada, &change).await.unwrap().unwrap();
        let (bob, bob_id) = tokens.remove(1);
        let (admin, _) = tokens.remove(0);
        Self { server, admin, bob, bob_id }
    }

    async fn list(&self, query: &str) -> Answer {
        self.server.get_with(&format!("/api/users{query}"), &self.admin).await
    }

    async fn patch(&self, id: &str, body: &Value) -> Answer {
        let request = Request::patch(format!("/api/users/{id}"))
            .header("authorization", &self.admin)
            .header("content-type", "application/json");
        self.server.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

async fn an_admin_lists_users_in_pages_without_hashes(database: Kind) {
    let house = House::new(database).await;
    let answer = house.list("").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("argon2") && !answer.text.contains("password"));
    let users = answer.json();
    let bob = json!({
        "id": house.bob_id, "email": "bob@example.com", "fullName": "Bob", "isActive": true,
        "roles": ["user"],
    });
    assert_eq!((users.as_array().unwrap().len(), &users[1]), (2, &bob));
    assert_eq!(house.list("?limit=1&offset=1").await.json(), json!([bob]));
    assert_eq!(house.list("?offset=2").await.json(), json!([]));
    house
        .list("?limit=0&page=2")
        .await
        .assert_problems(&["limit must not be less than 1", "property page should not exist"]);
    let alias = house.server.get_with("/api/v1/users", &house.admin).await;
    assert_eq!(alias.json(), users);
}

async fn others_are_refused(database: Kind) {
    let house = House::new(database).await;
    let anonymous = house.server.get("/api/users").await;
    assert_eq!(anonymous.status, 401);
    assert_eq!(anonymous.json(), json!({ "message": "Unauthorized", "statusCode": 401 }));
    let message = "User Bob need a valid role: [admin]";
    let answer = house.server.get_with("/api/users", &house.bob).await;
    answer.assert_error(403, "Forbidden", message);
    let own = Request::patch(format!("/api/users/{}", house.bob_id))
        .header("authorization", &house.bob)
        .header("content-type", "application/json")
        .body(Body::from(r#"{"roles":["admin"]}"#));
    house.server.send(own.unwrap()).await.assert_error(403, "Forbidden", message);
}

async fn an_admin_changes_what_is_given_and_nothing_else(database: Kind) {
    let house = House::new(database).await;
    let mut expected = house.list("?offset=1").await.json()[0].clone();
    for (change, name, value) in [
        (json!({}), "isActive", json!(true)),
        (json!({ "fullName": " Robert " }), "fullName", json!("Robert")),
        (json!({ "roles": ["super-user", "user"] }), "roles", json!(["super-user", "user"])),
        (json!({ "isActive": false, "fullName": null }), "isActive", json!(false)),
    ] {
        expected[name] = value;
        let answer = house.patch(&house.bob_id, &change).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected.clone()), "{change}");
    }
    let status = house.server.get_with("/api/auth/check-status", &house.bob).await;
    status.assert_error(401, "Unauthorized", "User is inactive, talk with an admin");
}

async fn an_admin_cannot_lock_themselves_out(database: Kind) {
    let house = House::new(database).await;
    let own = house.server.get_with("/api/auth/check-status", &house.admin).await.json();
    let id = own["id"].as_str().unwrap();
    for change in [json!({ "isActive": false }), json!({ "roles": ["user"] })] {
        let message = "Admins cannot deactivate themselves or give up their role";
        house.patch(id, &change).await.assert_error(400, "Bad Request", message);
    }
    let harmless = json!({ "isActive": true, "roles": ["user", "admin"], "fullName": "Ada" });
    assert_eq!(house.patch(id, &harmless).await.status, 200);
}

async fn what_cannot_be_changed_is_named(database: Kind) {
    let house = House::new(database).await;
    let wrong = json!({
        "fullName": "", "isActive": "no", "roles": ["root"], "email": "x@example.com", "id": 1,
    });
    house.patch(&house.bob_id, &wrong).await.assert_problems(&[
        "property email should not exist",
        "property id should not exist",
        "fullName must be longer than or equal to 1 characters",
        "isActive must be a boolean value",
        "each value in roles must be one of the following values: admin, super-user, user",
    ]);
    for (roles, problem) in [
        (json!("admin"), "roles must be an array"),
        (json!([]), "roles should not be empty"),
        (
            json!([1]),
            "each value in roles must be one of the following values: admin, super-user, user",
        ),
    ] {
        house.patch(&house.bob_id, &json!({ "roles": roles })).await.assert_problems(&[problem]);
    }
    house.patch("7", &json!({})).await.assert_error(
        400,
        "Bad Request",
        "Validation failed (uuid is expected)",
    );
    let nobody = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";
    let message = format!("User with id: {nobody} not found");
    house.patch(nobody, &json!({})).await.assert_error(404, "Not Found", &message);
}

async fn another_password_ends_what_the_old_one_had_opened(database: Kind) {
    let house = House::new(database).await;
    let answer = house.patch(&house.bob_id, &json!({ "password": "Xyz789" })).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("argon2") && !answer.text.contains("Xyz789"));
    let status = async |token: &str| house.server.get_with("/api/auth/check-status", token).await;
    let refused = status(&house.bob).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json(), json!({ "message": "Unauthorized", "statusCode": 401 }));
    let login = async |password: &str| {
        let body = json!({ "email": "bob@example.com", "password": password });
        house.server.post("/api/auth/login", &body).await
    };
    assert_eq!(login("Abc123").await.status, 401);
    // In the same second, as it will be here; and from then on.
    let fresh = login("Xyz789").await.json();
    let token = format!("Bearer {}", fresh["token"].as_str().unwrap());
    let renewed = status(&token).await.json();
    let token = format!("Bearer {}", renewed["token"].as_str().unwrap());
    assert_eq!(status(&token).await.status, 200);
    assert_eq!(status(&house.admin).await.status, 200, "of others nothing has changed");
    house.patch(&house.bob_id, &json!({ "password": "short" })).await.assert_problems(&[
        "The password must have a Uppercase, lowercase letter and a number",
        "password must be longer than or equal to 6 characters",
    ]);
}

on_each_database!(
    another_password_ends_what_the_old_one_had_opened,
    an_admin_lists_users_in_pages_without_hashes,
    others_are_refused,
    an_admin_changes_what_is_given_and_nothing_else,
    an_admin_cannot_lock_themselves_out,
    what_cannot_be_changed_is_named,
);
