//! Where and with what a run was made.

use std::collections::BTreeSet;
use std::process::Command;

use nix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::contender::{Contender, peers};

/// Seconds since the epoch.
pub(crate) fn now_seconds() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_REALTIME).expect("every system has a clock");
    u64::try_from(now.tv_sec()).unwrap_or(0)
}

/// The same as RFC 3339, to the second.
pub(crate) fn date(seconds: u64) -> String {
    let time =
        i64::try_from(seconds).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The commit that was built, with a mark if something has been changed since.
pub(crate) fn commit() -> String {
    output("git", &["describe", "--always", "--dirty", "--abbrev=10"])
}

/// Processor, cores, memory, kernel.
pub(crate) fn describe() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let kilobytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{processor}, {cores} cores, {} GiB, Linux {}",
        kilobytes.div_ceil(1024 * 1024),
        kernel.trim()
    )
}

/// The versions of what those who take part are made of.
pub(crate) fn versions(contenders: &BTreeSet<Contender>) -> Vec<String> {
    let mut versions = vec![output("rustc", &["--version"])];
    if contenders.iter().any(|c| matches!(c, Contender::Node | Contender::Original)) {
        versions.push(format!("Node {}", output("node", &["--version"])));
    }
    for (contender, name) in [
        (Contender::Node, "socket.io"),
        (Contender::Bun, "bun"),
        (Contender::Bun, "@socket.io/bun-engine"),
        (Contender::Original, "@nestjs/core"),
    ] {
        if contenders.contains(&contender) {
            versions.extend(npm_version(contender, name));
        }
    }
    if contenders.contains(&Contender::Socketioxide) {
        versions.extend(cargo_version());
    }
    if contenders.contains(&Contender::TertuliaPostgres) {
        versions.push(postgres_version());
    }
    versions
}

/// The same of what else takes part in the REST half.
pub(crate) fn versions_of_rest() -> Vec<String> {
    // It prints how to use it as well.
    let wrk = output("wrk", &["--version"]);
    let wrk = wrk.split(" [").next().unwrap_or_default().to_owned();
    npm_version(Contender::Original, "typeorm")
        .into_iter()
        .chain([postgres_version(), wrk])
        .collect()
}

fn postgres_version() -> String {
    output("bash", &["-c", "\"$(peers/postgres/bin)/postgres\" --version"])
}

fn npm_version(contender: Contender, name: &str) -> Option<String> {
    let file = format!("{}/node_modules/{name}/package.json", contender.name());
    let text = std::fs::read_to_string(peers().join(file)).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(format!("{name} {}", json["version"].as_str()?))
}

fn cargo_version() -> Option<String> {
    let lock = std::fs::read_to_string(peers().join("socketioxide/Cargo.lock")).ok()?;
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"socketioxide\"");
    let version = lines.nth(1)?.trim_start_matches("version = ").trim_matches('"');
    Some(format!("socketioxide {version}"))
}

/// What a program says, or nothing.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
