//! `tertulia token`, `config` and `healthcheck`.

use serde_json::{Value, json};

use crate::binary::{self, Running};

const SECRET: (&str, &str) = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

fn said(folder: &tempfile::TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = binary::output(folder.path(), arguments, environment);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(
    folder: &tempfile::TempDir,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (i32, String) {
    let output = binary::output(folder.path(), arguments, environment);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_token_that_was_minted_is_a_login() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &["serve", "--demo"], &[SECRET]);
    let token = said(&folder, &["token", "mint", "test2@google.com"], &[SECRET]);
    let claims: Value =
        serde_json::from_str(&said(&folder, &["token", "verify", token.trim()], &[SECRET]))
            .unwrap();
    let login = json!({ "email": "test2@google.com", "password": "Abc123" });
    let (_, user) = server.post("/api/auth/login", &login);
    assert_eq!(claims["id"], user["id"]);
    assert!(claims["expiresAt"].as_str().unwrap().ends_with('Z'));

    let (code, errors) = refused(&folder, &["token", "verify", "a.b.c"], &[SECRET]);
    assert_eq!((code, errors.as_str()), (1, "tertulia: the token is not valid\n"));
    let (code, errors) = refused(&folder, &["token", "mint", "eve@example.com"], &[SECRET]);
    assert_eq!((code, errors.contains("no user with the email eve@example.com")), (1, true));
    said(&folder, &["user", "deactivate", "test2@google.com"], &[]);
    let (code, errors) = refused(&folder, &["token", "mint", "test2@google.com"], &[SECRET]);
    assert_eq!((code, errors.contains("test2@google.com is inactive")), (1, true));
    let (code, errors) = refused(&folder, &["token", "mint", "test2@google.com"], &[]);
    assert_eq!((code, errors.contains("JWT_SECRET is not set")), (2, true));
}

#[test]
fn settings_are_checked_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(&folder, &["config", "check"], &[SECRET]), "the settings can be used\n");
    let (code, errors) = refused(&folder, &["config", "check"], &[]);
    assert_eq!((code, errors.contains("JWT_SECRET is not set")), (2, true));
    let (code, errors) = refused(&folder, &["config", "check"], &[("JWT_SECRET", "short")]);
    assert_eq!((code, errors.contains("at least 16")), (2, true));
    let (code, errors) = refused(&folder, &["config", "check"], &[("PORT", "http")]);
    assert_eq!((code, errors.contains("server.port")), (2, true));
    let shown = said(&folder, &["config", "show"], &[SECRET, ("PORT", "4001")]);
    assert!(shown.contains("4001") && !shown.contains(SECRET.1), "{shown}");
}

#[test]
fn the_health_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &["serve", "--demo"], &[]);
    let port = server.address.port().to_string();
    assert_eq!(said(&folder, &["healthcheck"], &[("PORT", &port)]), "");
    assert_eq!(said(&folder, &["healthcheck"], &[("PORT", &port), ("HOST", "0.0.0.0")]), "");
    drop(server);
    let (code, errors) = refused(&folder, &["healthcheck"], &[("PORT", &port)]);
    assert_eq!(code, 1);
    let said = format!("tertulia: the server on 127.0.0.1:{port} is not well: ");
    assert!(errors.starts_with(&said), "{errors}");
}
