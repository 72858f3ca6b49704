//! The running server against its own document, with requests that Schemathesis thinks up: no answer
//! is a 500, none is one that the document does not know, what the document forbids is refused, and
//! nobody gets past a guard.

use std::path::Path;
use std::process::{Command, Stdio};

use test_postgres::Cluster;

use crate::binary::{self, Running};

/// Which requests are thought up.
const SEED: &str = "1";
/// How many for each operation and phase.
const EXAMPLES: &str = "40";

#[test]
fn the_document_is_true_on_sqlite() {
    the_document_is_true(&[]);
}

#[test]
fn the_document_is_true_on_postgres() {
    the_document_is_true(&[("DATABASE_URL", &Cluster::shared().empty_schema())]);
}

fn the_document_is_true(database: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("TERTULIA_RATE_LIMITS__ENABLED", "false"),
        // Nobody reads the log while it runs, and a pipe has an end.
        ("TERTULIA_LOG__LEVEL", "error"),
    ];
    let environment = [&settings, database].concat();
    let server = Running::start(folder.path(), &["serve", "--demo"], &environment);
    let mint = ["token", "mint", "test1@google.com"];
    let token = binary::output(folder.path(), &mint, &environment).stdout;
    let token = String::from_utf8(token).unwrap();

    let address = server.address;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join("../../target/schemathesis/bin/schemathesis"))
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(root.join("tests/schemathesis/schemathesis.toml"))
        .args(["run", &format!("http://{address}/api-json"), "--no-color"])
        .args(["--header", &format!("Authorization: Bearer {}", token.trim())])
        .args(["--seed", SEED, "--max-examples", EXAMPLES, "--continue-on-failure"])
        .stdin(Stdio::null())
        .output()
        .expect("scripts/require-schemathesis installs it");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Tested: 20"), "not all operations were tested:\n{said}");

    server.signal("TERM");
    let (code, _, log) = server.wait();
    assert_eq!((code, log.as_str()), (Some(0), ""));
}
