//! The rows of the contract's §3 about signing in, one test each.

use serde_json::{Value, json};
use tertulia::users::{PasswordChange, PasswordHash, UserChange, UserId};

use crate::server::{Answer, Kind, TestServer, on_each_database, post};

const NOT_MIXED: &str = "The password must have a Uppercase, lowercase letter and a number";

fn ada() -> Value {
    json!({ "email": "ada@example.com", "password": "Abc123", "fullName": "Ada Lovelace" })
}

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

async fn registered(database: Kind) -> (TestServer, Value) {
    let server = TestServer::on(database).await;
    let answer = server.post("/api/auth/register", &ada()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let user = answer.json();
    (server, user)
}

fn token(user: &Value) -> String {
    format!("Bearer {}", user["token"].as_str().unwrap())
}

/// The keys of an object in alphabetical order.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

async fn registering_answers_the_user_and_a_token_that_works(database: Kind) {
    let (server, user) = registered(database).await;
    assert_eq!(keys(&user), ["email", "fullName", "id", "isActive", "roles", "token"]);
    assert_eq!(user["email"], "ada@example.com");
    assert_eq!(user["fullName"], "Ada Lovelace");
    assert_eq!(user["isActive"], true);
    assert_eq!(user["roles"], json!(["user"]));
    assert!(user["id"].as_str().unwrap().parse::<UserId>().is_ok());
    assert_eq!(server.get_with("/api/auth/check-status", &token(&user)).await.status, 200);
}

async fn a_taken_email_in_any_case_is_400(database: Kind) {
    let (server, _) = registered(database).await;
    let mut again = ada();
    again["email"] = json!(" ADA@Example.com ");
    server.post("/api/auth/register", &again).await.assert_error(
        400,
        "Bad Request",
        "Key (email)=(ada@example.com) already exists.",
    );
}

async fn registering_without_anything_names_everything(database: Kind) {
    let server = TestServer::on(database).await;
    server.post("/api/auth/register", &json!({})).await.assert_problems(&[
        "email must be an email",
        "email must be a string",
        NOT_MIXED,
        "password must be shorter than or equal to 50 characters",
        "password must be longer than or equal to 6 characters",
        "password must be a string",
        "fullName must be longer than or equal to 1 characters",
        "fullName must be a string",
    ]);
}

async fn each_bad_property_is_named(database: Kind) {
    let server = TestServer::on(database).await;
    for (name, value, problems) in [
        ("email", json!("ada"), vec!["email must be an email"]),
        ("email", json!(7), vec!["email must be an email", "email must be a string"]),
        ("password", json!("abc123"), vec![NOT_MIXED]),
        ("password", json!("Ab1"), vec!["password must be longer than or equal to 6 characters"]),
        (
            "password",
            json!(format!("Aa1{}", "x".repeat(48))),
            vec!["password must be shorter than or equal to 50 characters"],
        ),
        ("fullName", json!("  "), vec!["fullName must be longer than or equal to 1 characters"]),
        (
            "fullName",
            json!("x".repeat(101)),
            vec!["fullName must be shorter than or equal to 100 characters"],
        ),
        ("fullName", json!("a\nb"), vec!["fullName must not have control characters"]),
        ("roles", json!(["admin"]), vec!["property roles should not exist"]),
        ("isActive", json!(true), vec!["property isActive should not exist"]),
    ] {
        let mut body = ada();
        body[name] = value;
        server.post("/api/auth/register", &body).await.assert_problems(&problems);
    }
}

async fn nobody_makes_themselves_an_admin(database: Kind) {
    let server = TestServer::on(database).await;
    let mut body = ada();
    body["roles"] = json!(["admin"]);
    body["id"] = json!("x");
    let problems = ["property id should not exist", "property roles should not exist"];
    server.post("/api/auth/register", &body).await.assert_problems(&problems);
}

async fn a_hostile_name_is_kept_as_it_is(database: Kind) {
    let server = TestServer::on(database).await;
    let mut body = ada();
    body["fullName"] = json!("<img src=x onerror=alert(1)>'; DROP TABLE users; --");
    let user = server.post("/api/auth/register", &body).await.json();
    assert_eq!(user["fullName"], body["fullName"]);
    assert_eq!(server.get_with("/api/auth/check-status", &token(&user)).await.status, 200);
}

async fn logging_in_answers_the_user_and_never_the_hash(database: Kind) {
    let (server, user) = registered(database).await;
    let answer = server.post("/api/auth/login", &credentials("ada@example.com", "Abc123")).await;
    assert_eq!(answer.status, 201);
    let body = answer.json();
    assert_eq!(keys(&body), ["email", "fullName", "id", "isActive", "roles", "token"]);
    assert_eq!(body["id"], user["id"]);
    assert!(!answer.text.contains("argon2") && !answer.text.contains("password"));
}

async fn the_email_is_trimmed_and_lower_cased_at_login_too(database: Kind) {
    let (server, _) = registered(database).await;
    let body = credentials("  Ada@EXAMPLE.com", "Abc123");
    assert_eq!(server.post("/api/auth/login", &body).await.status, 201);
}

async fn wrong_password_and_unknown_user_are_the_same_401(database: Kind) {
    let (server, _) = registered(database).await;
    let why = "Credentials are not valid";
    for body in [
        credentials("ada@example.com", "Abc124"),
        credentials("ada@example.com", "x"),
        credentials("ada@example.com", ""),
        credentials("eve@example.com", "Abc123"),
    ] {
        server.post("/api/auth/login", &body).await.assert_error(401, "Unauthorized", why);
    }
}

async fn login_checks_its_body(database: Kind) {
    let server = TestServer::on(database).await;
    let problems =
        ["email must be an email", "email must be a string", "password must be a string"];
    server.post("/api/auth/login", &json!({})).await.assert_problems(&problems);
    let body = json!({ "email": "ada@example.com", "password": "Abc123", "fullName": "Ada" });
    let problems = ["property fullName should not exist"];
    server.post("/api/auth/login", &body).await.assert_problems(&problems);
}

async fn inactive_users_neither_log_in_nor_stay(database: Kind) {
    let (server, user) = registered(database).await;
    let users = &server.app.core().users;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    let id: UserId = user["id"].as_str().unwrap().parse().unwrap();
    users.update(id, &change).await.unwrap().unwrap();
    let why = "User is inactive, talk with an admin";
    let body = credentials("ada@example.com", "Abc123");
    server.post("/api/auth/login", &body).await.assert_error(401, "Unauthorized", why);
    let answer = server.get_with("/api/auth/check-status", &token(&user)).await;
    answer.assert_error(401, "Unauthorized", why);
    let body = credentials("ada@example.com", "Wrong1");
    let why = "Credentials are not valid";
    server.post("/api/auth/login", &body).await.assert_error(401, "Unauthorized", why);
}

async fn the_hashes_of_an_existing_database_log_in(database: Kind) {
    let (server, user) = registered(database).await;
    // bcrypt, cost 4, of "Abc123".
    let hash = bcrypt::hash_with_salt("Abc123", 4, [9; 16]).unwrap().to_string();
    let id: UserId = user["id"].as_str().unwrap().parse().unwrap();
    let password = PasswordChange { hash: PasswordHash::new(hash), tokens_since_secs: 0 };
    let change = UserChange { password: Some(password), ..UserChange::default() };
    server.app.core().users.update(id, &change).await.unwrap().unwrap();
    let body = credentials("ada@example.com", "Abc123");
    assert_eq!(server.post("/api/auth/login", &body).await.status, 201);
    let body = credentials("ada@example.com", "Abc124");
    assert_eq!(server.post("/api/auth/login", &body).await.status, 401);
}

async fn check_status_answers_the_user_with_a_token(database: Kind) {
    let (server, user) = registered(database).await;
    for path in ["/api/auth/check-status", "/api/auth/check-auth", "/api/v1/auth/check-status"] {
        let answer = server.get_with(path, &token(&user)).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        assert_eq!(keys(&body), ["email", "fullName", "id", "isActive", "roles", "token"]);
        assert_eq!(body["id"], user["id"]);
        assert_eq!(server.get_with(path, &token(&body)).await.status, 200);
    }
}

fn assert_guarded(answer: &Answer) {
    let expected = json!({ "message": "Unauthorized", "statusCode": 401 });
    assert_eq!((answer.status.as_u16(), answer.json()), (401, expected));
}

async fn missing_and_bad_tokens_are_a_guards_401(database: Kind) {
    let (server, user) = registered(database).await;
    let path = "/api/auth/check-status";
    assert_guarded(&server.get(path).await);
    let good = user["token"].as_str().unwrap();
    let id = user["id"].as_str().unwrap();
    for authorization in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer nonsense".to_owned(),
        format!("Basic {good}"),
        good.to_owned(),
        format!("Bearer {good}x"),
        format!("Bearer {}", foreign(&json!({ "id": id, "exp": 9_999_999_999_u64 }))),
        format!("Bearer {}", signed(&json!({ "id": id, "exp": 1 }))),
        format!("Bearer {}", signed(&json!({ "exp": 9_999_999_999_u64 }))),
        format!("Bearer {}", unsigned(&json!({ "id": id, "exp": 9_999_999_999_u64 }))),
    ] {
        assert_guarded(&server.get_with(path, &authorization).await);
    }
    let control = signed(&json!({ "id": id, "exp": 9_999_999_999_u64 }));
    assert_eq!(server.get_with(path, &format!("bearer {control}")).await.status, 200);
}

async fn a_token_whose_user_is_gone_is_not_valid(database: Kind) {
    let server = TestServer::on(database).await;
    let core = server.app.core();
    let token = core.tokens.issue(UserId::new(core.sources.random_id()), 0);
    let answer = server.get_with("/api/auth/check-status", &format!("Bearer {token}")).await;
    answer.assert_error(401, "Unauthorized", "Token not valid");
}

async fn a_database_that_is_away_is_503_and_tells_nothing(database: Kind) {
    let (server, user) = registered(database).await;
    server.app.close().await;
    let answer = server.get_with("/api/auth/check-status", &token(&user)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(!answer.text.to_lowercase().contains("sql") && !answer.text.contains("pool"));
    let answer = server.post("/api/auth/login", &credentials("ada@example.com", "Abc123")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(server.get("/healthz").await.status, 503);
}

async fn attempts_are_limited_per_account_and_per_address(database: Kind) {
    let server = TestServer::on_with(
        database,
        &[
            ("TERTULIA_RATE_LIMITS__LOGIN_PER_ACCOUNT", "2/1h"),
            ("TERTULIA_RATE_LIMITS__LOGIN_PER_ADDRESS", "4/1h"),
        ],
    )
    .await;
    let mut statuses = Vec::new();
    for email in ["a@b.de", "A@b.de", "a@b.de", "c@b.de", "d@b.de"] {
        let answer = server.post("/api/auth/login", &credentials(email, "Wrong1")).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429, 401, 429]);
}

async fn too_many_registrations_say_when_to_come_back(database: Kind) {
    let server =
        TestServer::on_with(database, &[("TERTULIA_RATE_LIMITS__REGISTER_PER_ADDRESS", "1/1m")])
            .await;
    assert_eq!(server.post("/api/auth/register", &ada()).await.status, 201);
    let answer = server.post("/api/auth/register", &ada()).await;
    answer.assert_error(429, "Too Many Requests", "Too many requests, try again later");
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let mut elsewhere = post("/api/auth/register", ada().to_string());
    let client = tertulia::http::ClientAddr("198.51.100.7".parse().unwrap());
    elsewhere.extensions_mut().insert(client);
    assert_eq!(server.send(elsewhere).await.status, 400);
}

/// A token with these claims, signed with the server's secret.
fn signed(claims: &Value) -> String {
    encode(claims, crate::server::SECRET)
}

/// The same, signed with another.
fn foreign(claims: &Value) -> String {
    encode(claims, "some other secret of these tests")
}

fn encode(claims: &Value, secret: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

fn unsigned(claims: &Value) -> String {
    use base64::Engine as _;
    let encode = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", encode(json!({ "alg": "none" }).to_string()), encode(claims.to_string()))
}

on_each_database!(
    registering_answers_the_user_and_a_token_that_works,
    a_taken_email_in_any_case_is_400,
    registering_without_anything_names_everything,
    each_bad_property_is_named,
    nobody_makes_themselves_an_admin,
    a_hostile_name_is_kept_as_it_is,
    logging_in_answers_the_user_and_never_the_hash,
    the_email_is_trimmed_and_lower_cased_at_login_too,
    wrong_password_and_unknown_user_are_the_same_401,
    login_checks_its_body,
    inactive_users_neither_log_in_nor_stay,
    the_hashes_of_an_existing_database_log_in,
    check_status_answers_the_user_with_a_token,
    missing_and_bad_tokens_are_a_guards_401,
    a_token_whose_user_is_gone_is_not_valid,
    a_database_that_is_away_is_503_and_tells_nothing,
    attempts_are_limited_per_account_and_per_address,
    too_many_registrations_say_when_to_come_back,
);
