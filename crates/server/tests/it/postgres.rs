//! The real binary on a real PostgreSQL.

use serde_json::json;
use test_postgres::Cluster;

use crate::binary::{self, Running};

const SECRET: (&str, &str) = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

/// The tables of the original as TypeORM creates them, with one user and one product.
const ORIGINAL: &str = include_str!("original.sql");

/// The variables of the original that lead to a database.
fn variables<'a>(port: &'a str, name: &'a str) -> [(&'a str, &'a str); 5] {
    [
        SECRET,
        ("DB_HOST", "127.0.0.1"),
        ("DB_PORT", port),
        ("DB_NAME", name),
        ("DB_USERNAME", "postgres"),
    ]
}

#[test]
fn a_database_of_the_original_works_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::shared();
    let (port, name) = (cluster.port().to_string(), cluster.empty_database());
    cluster.sql_in(&name, ORIGINAL);
    let hash = bcrypt::hash("Abc123", 4).unwrap();
    cluster.sql_in(&name, &format!("UPDATE users SET password = '{hash}'"));

    let output = binary::output(folder.path(), &["migrate"], &variables(&port, &name));
    assert_eq!(output.status.code(), Some(0));
    let said = format!("postgres://***@127.0.0.1:{port}/{name} is up to date\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
    let server = Running::start(folder.path(), &["serve"], &variables(&port, &name));
    let login = json!({ "email": "Test1@Google.com", "password": "Abc123" });
    let (status, user) = server.post("/api/auth/login", &login);
    assert_eq!(
        (status, &user["fullName"], &user["roles"]),
        (201, &json!("Test One"), &json!(["admin"]))
    );
    let new = json!({ "email": "new@example.com", "password": "Abc123", "fullName": "New" });
    assert_eq!(server.post("/api/auth/register", &new).0, 201);
    assert_eq!(server.post("/api/auth/register", &new).0, 400);
    let kept = format!(
        "SELECT 1 / (CASE password WHEN '{hash}' THEN 1 ELSE 0 END) FROM users \
         WHERE email = 'test1@google.com'"
    );
    cluster.sql_in(&name, &kept);
}

#[test]
fn a_database_that_went_away_is_503_and_comes_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start();
    let port = cluster.port().to_string();
    let server = Running::start(folder.path(), &["serve"], &variables(&port, "postgres"));
    let user = json!({ "email": "ada@example.com", "password": "Abc123", "fullName": "Ada" });
    assert_eq!(server.post("/api/auth/register", &user).0, 201);
    let login = json!({ "email": "ada@example.com", "password": "Abc123" });
    cluster.stop();
    let (status, body) = server.post("/api/auth/login", &login);
    assert_eq!((status, &body["statusCode"]), (503, &json!(503)), "{body}");
    assert!(!body.to_string().contains("127.0.0.1"), "nothing of the inside: {body}");
    cluster.start_again();
    assert_eq!(server.post("/api/auth/login", &login).0, 201);
}

#[test]
fn a_database_that_is_not_there_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let url = ("DATABASE_URL", "postgres://ada:s3cret@127.0.0.1:1/shop");
    for arguments in [&["serve"][..], &["migrate"]] {
        let output = binary::output(folder.path(), arguments, &[SECRET, url]);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("the database postgres://***@127.0.0.1:1/shop cannot be opened"),
            "{errors}"
        );
        assert!(!errors.contains("s3cret"), "{errors}");
    }
}
