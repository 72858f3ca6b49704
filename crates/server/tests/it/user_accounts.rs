//! `tertulia user create`, `list`, `set-password`, `deactivate` and `activate`, with the real binary
//! and database.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::binary::{self, Running};

const CREATE: [&str; 7] =
    ["user", "create", "Ada@Example.com", "--full-name", "Ada Lovelace", "--role", "admin"];

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn create(folder: &Path) -> String {
    said(&binary::output_of_input(folder, &CREATE, "Abc123\n"))
}

fn list(folder: &Path) -> Vec<Value> {
    let lines = said(&binary::output(folder, &["user", "list", "--json"], &[]));
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn login(server: &Running, password: &str) -> u16 {
    let body = json!({ "email": "ada@example.com", "password": password });
    server.post("/api/auth/login", &body).0
}

#[test]
fn an_account_from_its_beginning_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(list(folder).is_empty());
    let created = create(folder);
    let users = list(folder);
    let id = users[0]["id"].as_str().unwrap();
    assert_eq!(created, format!("created ada@example.com with the id {id}\n"));
    let expected = json!([{
        "id": id, "email": "ada@example.com", "fullName": "Ada Lovelace", "isActive": true,
        "roles": ["admin"],
    }]);
    assert_eq!(json!(users), expected);
    let table = said(&binary::output(folder, &["user", "list"], &[]));
    assert_eq!(table, format!("{id}\tada@example.com\tactive\tadmin\tAda Lovelace\n"));

    let server = Running::start(folder, &["serve", "--demo"], &[]);
    assert_eq!(login(&server, "Abc123"), 201);
    let change = ["user", "set-password", "ada@example.com"];
    let changed = said(&binary::output_of_input(folder, &change, "Other456"));
    assert_eq!(changed, "ada@example.com has another password\n");
    assert_eq!((login(&server, "Abc123"), login(&server, "Other456")), (401, 201));
    for (command, said_to_be, status) in
        [("deactivate", "inactive", 401), ("activate", "active", 201)]
    {
        let output = binary::output(folder, &["user", command, " ADA@example.com"], &[]);
        assert_eq!(said(&output), format!("ada@example.com is {said_to_be}\n"));
        assert_eq!(login(&server, "Other456"), status);
    }
}

#[test]
fn what_cannot_be_done_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create(folder);
    let nobody = "there is no user with the email eve@example.com";
    for (arguments, input, part) in [
        (&CREATE[..], "Abc123", "the email is taken"),
        (&["user", "create", "ada", "--full-name", "A"], "Abc123", "the email must be an email"),
        (
            &["user", "create", "a@b.com", "--full-name", " "],
            "Abc123",
            "the full name must be longer",
        ),
        (&["user", "create", "a@b.com", "--full-name", "A"], "hunter2", "must have a Uppercase"),
        (&["user", "create", "a@b.com", "--full-name", "A"], "", "longer than or equal to 6"),
        (&["user", "set-password", "eve@example.com"], "Abc123", nobody),
        (&["user", "deactivate", "eve@example.com"], "", nobody),
    ] {
        let output = binary::output_of_input(folder, arguments, input);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.starts_with("tertulia: ") && errors.contains(part), "{errors}");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
    let root = ["user", "create", "a@b.com", "--full-name", "A", "--role", "root"];
    let output = binary::output_of_input(folder, &root, "Abc123");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("admin, super-user or user"));
}
