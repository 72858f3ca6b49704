//! `tertulia user import`, with the real binary and database.

use serde_json::json;

use crate::binary::{self, Running};

/// bcrypt of `Abc123`, as an existing Nest database has it.
fn hash() -> String {
    bcrypt::hash("Abc123", 4).unwrap()
}

/// A folder with a file of one user.
fn folder_with_user() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({ "email": "ada@example.com", "fullName": "Ada", "password": hash() });
    std::fs::write(folder.path().join("users.ndjson"), line.to_string()).unwrap();
    folder
}

#[test]
fn an_imported_user_signs_in_and_a_second_import_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let id = "7b0ac1f4-6a52-4b5c-9a39-0f7f8ac4a1de";
    let line = json!({
        "id": id, "email": "Ada@example.com", "fullName": "Ada", "password": hash(),
        "roles": ["admin"],
    });
    std::fs::write(folder.path().join("users.ndjson"), format!("{line}\n")).unwrap();
    for (added, known) in [(1, 0), (0, 1)] {
        let output = binary::output(folder.path(), &["user", "import", "users.ndjson"], &[]);
        assert_eq!(output.status.code(), Some(0));
        let said = format!("imported {added} users; {known} were there already\n");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
    }
    let server = Running::start(folder.path(), &["serve", "--demo"], &[]);
    let login = json!({ "email": "ada@example.com", "password": "Abc123" });
    let (status, user) = server.post("/api/auth/login", &login);
    assert_eq!((status, &user["id"], &user["roles"][0]), (201, &json!(id), &json!("admin")));
}

#[test]
fn what_cannot_be_imported_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({ "email": "a@b.com", "fullName": "A", "password": "in the clear" });
    std::fs::write(folder.path().join("users.ndjson"), line.to_string()).unwrap();
    for (arguments, code, part) in [
        (
            &["user", "import", "users.ndjson"][..],
            1,
            "users.ndjson: line 1: password is not a hash",
        ),
        (&["user", "import", "absent.ndjson"], 1, "absent.ndjson: No such file"),
        (&["user", "import", "."], 1, ".: Is a directory"),
        (&["user", "import", "users.ndjson", "--database-url", "mysql://x"], 2, "database.url"),
        (
            &["user", "import", "users.ndjson", "--database-url", "sqlite::memory:"],
            2,
            "configuration: database.url is a database in memory",
        ),
        (&["user", "import"], 2, "<FILE>"),
        (&["user"], 2, "import"),
    ] {
        let output = binary::output(folder.path(), arguments, &[]);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(part) && !errors.contains("in the clear"), "{errors}");
    }
    assert!(!folder.path().join("data").exists(), "nothing is left behind");
}

#[tokio::test]
async fn a_locked_database_is_not_the_fault_of_the_file() {
    let folder = folder_with_user();
    binary::output(folder.path(), &["user", "import", "users.ndjson"], &[]);
    let url = format!("sqlite://{}/data/tertulia.db", folder.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let lock = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let output = binary::output(
        folder.path(),
        &["user", "import", "users.ndjson"],
        &[("TERTULIA_DATABASE__TIMEOUT", "2s")],
    );
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("the database") && errors.contains("locked"), "{errors}");
    assert!(!errors.contains("users.ndjson"), "{errors}");
    drop(lock);
}

#[test]
#[cfg(target_os = "linux")]
fn an_import_that_cannot_be_reported_is_said_to_have_happened() {
    let folder = folder_with_user();
    let mut command = binary::command(folder.path(), &["user", "import", "users.ndjson"], &[]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let said = "tertulia: imported 1 users; 0 were there already, but this could not be written";
    assert!(errors.starts_with(said), "{errors}");
}
