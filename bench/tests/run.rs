//! The bench itself, with the floor as its only contender: what it measures, and what it must not
//! let pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

/// One run, in which the floor does what `fault` says.
fn run(arguments: &[&str], fault: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let out = env!("CARGO_TARGET_TMPDIR");
    command.args(arguments).args(["--out", out]).env_remove("BENCH_FAULT");
    if let Some(fault) = fault {
        command.env("BENCH_FAULT", fault);
    }
    command.output().unwrap()
}

#[test]
fn a_run_shows_progress_and_a_table() {
    let output = run(&["--quick", "--only", "broadcast,floor"], None);
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(err.contains("[  1/1] round 1/1: broadcast, floor ... "), "{err}");
    assert!(out.contains("| floor | "), "{out}");
    assert!(out.contains(" µs |") && out.contains("% |"), "{out}");
}

#[test]
fn whatever_a_server_does_wrong_fails_the_run() {
    for (fault, said) in [
        ("lose", "lost, doubled or reordered"),
        ("double", "lost, doubled or reordered"),
        ("swap", "lost, doubled or reordered"),
        ("die", "the server died: Error: Custom { kind: Other, error: \"as it was told\" }"),
    ] {
        let output = run(&["--quick", "--only", "burst,floor"], Some(fault));
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{fault}: {err}");
        assert!(err.contains("bench: burst, floor: "), "{fault}: {err}");
        assert!(err.contains(said), "{fault}: {err}");
    }
}

#[test]
fn whatever_goes_wrong_with_acked_messages_fails_the_run() {
    let output = run(&["--quick", "--only", "store-one,store-burst,store-many,floor"], None);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    for scenario in ["store-one", "store-burst"] {
        for fault in ["lose", "double", "swap", "gap"] {
            let only = format!("{scenario},floor");
            let output = run(&["--quick", "--only", &only], Some(fault));
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{scenario}, {fault}: {err}");
            let said =
                format!("bench: {scenario}, floor: a message was lost, doubled or reordered");
            assert!(err.contains(&said), "{scenario}, {fault}: {err}");
        }
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let output = run(&["--only", "broadcasts"], None);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err.contains("no scenario or contender \"broadcasts\"; scenarios: broadcast, burst,"),
        "{err}"
    );
    assert!(err.contains("contenders: floor, floor-writev, tertulia,"), "{err}");
}

#[test]
fn who_takes_no_part_is_not_passed_over() {
    let output = run(&["--only", "rooms,floor"], None);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err.contains("floor does not take part in rooms; those that do: tertulia-lib, node"),
        "{err}"
    );
}

/// Everything that the script uses is there, but not cargo.
#[test]
fn a_contender_that_cannot_be_installed_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["bash", "env", "timeout", "dirname"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
        let path = String::from_utf8(found.unwrap().stdout).unwrap();
        std::os::unix::fs::symlink(path.trim(), folder.path().join(program)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--only", "broadcast,socketioxide", "--out", env!("CARGO_TARGET_TMPDIR")])
        .env("PATH", folder.path())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    let said =
        "bench: socketioxide cannot be installed: cargo is missing: install Rust 1.95 or newer";
    assert!(err.contains(said), "{err}");
}
