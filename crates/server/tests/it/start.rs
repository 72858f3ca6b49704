//! How the process starts, refuses to start, and ends.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::json;
use tempfile::TempDir;

use crate::binary::{self, Running};

const SECRET: (&str, &str) = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Asserts an exit code and one line that has all these parts.
#[track_caller]
fn assert_refusal(output: &Output, code: i32, parts: &[&str]) {
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<_> = errors.lines().filter(|line| line.starts_with("tertulia: ")).collect();
    assert_eq!((output.status.code(), lines.len()), (Some(code), 1), "{errors}");
    for part in parts {
        assert!(lines[0].contains(part), "{part:?} is not in {errors}");
    }
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn version_and_help() {
    let folder = folder();
    let version = binary::output(folder.path(), &["--version"], &[]);
    assert!(version.status.success());
    assert_eq!(String::from_utf8(version.stdout).unwrap(), "tertulia 0.1.0\n");
    let help = binary::output(folder.path(), &["serve", "--help"], &[]);
    let help = String::from_utf8(help.stdout).unwrap();
    for part in ["--demo", "--config", "--host", "--port", "JWT_SECRET", "TERTULIA_<SECTION>"] {
        assert!(help.contains(part), "{part} is not in {help}");
    }
    assert_eq!(binary::output(folder.path(), &[], &[]).status.code(), Some(2));
    assert_eq!(binary::output(folder.path(), &["dance"], &[]).status.code(), Some(2));
}

#[test]
fn without_a_secret_it_refuses_and_says_why() {
    let folder = folder();
    let output = binary::output(folder.path(), &["serve"], &[]);
    assert_refusal(&output, 2, &["JWT_SECRET is not set", "--demo"]);
    let output = binary::output(folder.path(), &["serve"], &[("JWT_SECRET", "fifteen-bytes!!")]);
    assert_refusal(&output, 2, &["15 bytes", "at least 16"]);
    assert!(!String::from_utf8(output.stderr).unwrap().contains("fifteen"));
    assert!(!folder.path().join("data").exists(), "nothing is left behind");
}

#[test]
fn a_short_secret_is_warned_of() {
    let folder = folder();
    let server = Running::start(folder.path(), &["serve"], &[("JWT_SECRET", "sixteen--bytes!!")]);
    server.signal("TERM");
    let (code, _, log) = server.wait();
    assert_eq!(code, Some(0));
    assert!(log.contains("16 bytes") && log.contains("WARN") && !log.contains("sixteen"), "{log}");
}

#[test]
fn bad_settings_are_one_line_and_exit_code_2() {
    let folder = folder();
    for (name, value) in [
        ("PORT", "http"),
        ("HOST", "nowhere"),
        ("TERTULIA_ENGINE__PING_INTERVAL", "25"),
        ("TERTULIA_NO_SUCH__KEY", "1"),
        ("DATABASE_URL", "mongodb://x"),
    ] {
        let output = binary::output(folder.path(), &["serve"], &[SECRET, (name, value)]);
        assert_refusal(&output, 2, &["configuration: ", name, "allowed: "]);
    }
    let output = binary::output(folder.path(), &["serve", "--port", "x"], &[SECRET]);
    assert_refusal(&output, 2, &["server.port", "\"x\"", "the command line"]);
    let output = binary::output(folder.path(), &["serve", "--config", "absent.toml"], &[SECRET]);
    assert_refusal(&output, 2, &["absent.toml"]);
}

#[test]
fn a_demo_stays_on_loopback() {
    let folder = folder();
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        let output = binary::output(folder.path(), &["serve", "--demo"], &[("HOST", host)]);
        assert_refusal(&output, 2, &[host, "--demo", "127.0.0.1"]);
    }
}

#[test]
fn a_taken_port_is_one_line() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = binary::output(folder.path(), &["serve", "--port", &port], &[SECRET]);
    assert_refusal(&output, 1, &["cannot listen on 127.0.0.1:", &port, "in use"]);
}

#[test]
fn an_unreadable_database_is_one_line() {
    let folder = folder();
    std::fs::write(folder.path().join("text.db"), "no database ".repeat(1_000)).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for url in ["sqlite://text.db", "sqlite://file/t.db", "sqlite://."] {
        let output = binary::output(folder.path(), &["serve", "--database-url", url], &[SECRET]);
        assert_refusal(&output, 1, &["the database", url, "cannot be opened"]);
    }
}

#[test]
fn a_demo_says_how_to_sign_in_and_keeps_its_data() {
    let folder = folder();
    let login = json!({ "email": "test1@google.com", "password": "Abc123" });
    let first = Running::start(folder.path(), &["serve", "--demo"], &[]);
    let (status, user) = first.post("/api/auth/login", &login);
    assert_eq!((status, &user["roles"]), (201, &json!(["admin"])));
    let register = json!({ "email": "a@b.de", "password": "Abc123", "fullName": "A" });
    assert_eq!(first.post("/api/auth/register", &register).0, 201);
    first.signal("INT");
    let (code, banner, log) = first.wait();
    assert_eq!(code, Some(0));
    for part in ["test1@google.com", "test2@google.com", "Abc123", "data"] {
        assert!(banner.contains(part), "{banner}");
    }
    let token = user["token"].as_str().unwrap();
    assert!(!log.contains(token) && !log.contains("Abc123") && !log.contains("argon2"), "{log}");

    let secret = folder.path().join("data/jwt-secret");
    assert_eq!(std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = std::fs::read(&secret).unwrap();
    let second = Running::start(folder.path(), &["serve", "--demo"], &[]);
    assert_eq!(std::fs::read(&secret).unwrap(), kept);
    let (status, again) = second.post("/api/auth/login", &login);
    assert_eq!((status, &again["id"]), (201, &user["id"]));
    let login = json!({ "email": "a@b.de", "password": "Abc123" });
    assert_eq!(second.post("/api/auth/login", &login).0, 201);
}

#[test]
fn production_has_no_demo_users() {
    let folder = folder();
    let server = Running::start(folder.path(), &["serve"], &[SECRET]);
    let login = json!({ "email": "test1@google.com", "password": "Abc123" });
    assert_eq!(server.post("/api/auth/login", &login).0, 401);
    server.signal("TERM");
    let (_, banner, _) = server.wait();
    assert!(!banner.contains("Abc123"), "{banner}");
    assert!(!folder.path().join("data/jwt-secret").exists());
}

#[test]
fn a_folder_of_images_that_cannot_be_used_is_one_line() {
    let folder = folder();
    std::fs::write(folder.path().join("images"), "a file").unwrap();
    let images = ("TERTULIA_FILES__FOLDER", "images");
    let output = binary::output(folder.path(), &["serve"], &[SECRET, images]);
    assert_refusal(&output, 1, &["the folder of images images cannot be used: "]);
}

#[test]
fn settings_come_from_files_too() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), format!("{}={}\n", SECRET.0, SECRET.1)).unwrap();
    let settings = "[log]\nformat = \"json\"\n[database]\nurl = \"sqlite://kept/here.db\"\n";
    std::fs::write(folder.path().join("tertulia.toml"), settings).unwrap();
    let server = Running::start(folder.path(), &["serve"], &[]);
    let line: serde_json::Value = serde_json::from_str(&server.banner).unwrap();
    assert_eq!(line["address"], format!("http://{}", server.address));
    assert!(folder.path().join("kept/here.db").is_file());
    server.signal("TERM");
    let (_, _, log) = server.wait();
    assert!(!log.is_empty());
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn headers_have_a_deadline() {
    let folder = folder();
    let environment = [SECRET, ("TERTULIA_SERVER__HEADER_TIMEOUT", "100ms")];
    let server = Running::start(folder.path(), &["serve"], &environment);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nhost:").unwrap();
    // Ends because the server hangs up; a server that does not lets the test hang.
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
}

#[test]
fn a_request_that_is_under_way_is_answered_before_the_end() {
    let folder = folder();
    let server = Running::start(folder.path(), &["serve"], &[SECRET]);
    let body = r#"{"email":"a@b.de","password":"Abc123"}"#;
    let mut stream = request_under_way(&server, body.len());
    server.signal("TERM");
    wait_until_refused(&server);
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(server.wait().0, Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = folder();
    let server = Running::start(folder.path(), &["serve"], &[SECRET]);
    let _stream = request_under_way(&server, 10);
    server.signal("TERM");
    wait_until_refused(&server);
    server.signal("TERM");
    assert_eq!(server.wait().0, Some(130));
}

#[test]
fn who_does_not_leave_is_cut_off_at_the_deadline() {
    let folder = folder();
    let environment = [SECRET, ("TERTULIA_SERVER__SHUTDOWN_TIMEOUT", "200ms")];
    let server = Running::start(folder.path(), &["serve"], &environment);
    let _stream = request_under_way(&server, 10);
    server.signal("TERM");
    let (code, _, log) = server.wait();
    assert_eq!(code, Some(0));
    assert!(log.contains("cut off"), "{log}");
}

/// A connection with a request whose handler waits for this many bytes.
fn request_under_way(server: &Running, bytes: usize) -> TcpStream {
    let mut stream = server.connect();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // "Continue" comes when the handler reads the body.
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100"));
    stream
}

/// Returns when the server accepts no connection any more, which is when it has seen the signal.
fn wait_until_refused(server: &Running) {
    while TcpStream::connect(server.address).is_ok() {
        std::thread::yield_now();
    }
}
