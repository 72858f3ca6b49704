//! The load: `wrk`, a public tool.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::request::Line;
use crate::load::Fault;

/// Connections, each with one request on its way at any time.
pub(super) const CONNECTIONS: usize = 32;

const SCRIPT: &str = include_str!("wrk.lua");

/// The script and the requests, as files.
pub(super) struct Wrk {
    script: NamedTempFile,
    lines: NamedTempFile,
}

/// What came of a load in which every request was answered well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) time: Duration,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

/// The line that the script writes at the end.
#[derive(Debug, Deserialize)]
struct Report {
    requests: u64,
    micros: u64,
    p50: u64,
    p99: u64,
    /// Connections that could not be opened.
    refused: u64,
    unread: u64,
    unsent: u64,
    /// Statuses of 400 and above.
    failed: u64,
    /// Answers that took longer than two seconds.
    late: u64,
}

impl Wrk {
    /// A load that sends these requests in turn, over and over.
    pub(super) fn new(lines: &[Line]) -> Result<Self, Fault> {
        let mut wrk = Self { script: NamedTempFile::new()?, lines: NamedTempFile::new()? };
        wrk.script.write_all(SCRIPT.as_bytes())?;
        for Line { path, token } in lines {
            match token {
                Some(token) => writeln!(wrk.lines, "{path}\t{token}")?,
                None => writeln!(wrk.lines, "{path}")?,
            }
        }
        Ok(wrk)
    }

    /// Loads a server for this many seconds. A request that fails makes it worth nothing.
    pub(super) fn run(&self, server: SocketAddr, seconds: u64) -> Result<Load, Fault> {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
            .args(["--duration", &format!("{seconds}s"), "--script"])
            .arg(self.script.path())
            .arg(format!("http://{server}"))
            .arg("--")
            .arg(self.lines.path())
            .output()
            .map_err(|cause| Fault::Start { program: "wrk".to_owned(), cause })?;
        if !output.status.success() {
            return Err(Fault::Load(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        read(&String::from_utf8_lossy(&output.stdout))
    }
}

fn read(output: &str) -> Result<Load, Fault> {
    let line = output.lines().last().unwrap_or_default();
    let report: Report = serde_json::from_str(line)
        .map_err(|error| Fault::Load(format!("its last line is {line:?}: {error}")))?;
    let Report { requests, micros, p50, p99, refused, unread, unsent, failed, late } = report;
    if requests == 0 || refused + unread + unsent + failed + late > 0 {
        return Err(Fault::Load(format!(
            "of {requests} requests {failed} were answered with an error and {late} too late; \
             connections: {refused} refused, {unread} failed to read, {unsent} to write"
        )));
    }
    let [time, p50, p99] = [micros, p50, p99].map(Duration::from_micros);
    Ok(Load { requests, time, p50, p99 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(requests: u64, failed: u64) -> String {
        format!(
            "Running 1s test @ http://127.0.0.1:1\n{{\"requests\":{requests},\"micros\":2000000,\
             \"p50\":900,\"p99\":4000,\"refused\":0,\"unread\":0,\"unsent\":0,\"failed\":{failed},\
             \"late\":0}}\n"
        )
    }

    #[test]
    fn a_load_is_read_from_the_last_line() {
        let load = read(&report(5_000, 0)).unwrap();
        assert_eq!((load.requests, load.time), (5_000, Duration::from_secs(2)));
        assert_eq!((load.p50.as_micros(), load.p99.as_micros()), (900, 4_000));
    }

    #[test]
    fn a_load_with_errors_is_a_fault() {
        let fault = read(&report(5_000, 1)).unwrap_err().to_string();
        assert!(fault.contains("of 5000 requests 1 were answered with an error"), "{fault}");
        assert!(read(&report(0, 0)).is_err());
        assert!(read("unable to connect").is_err());
    }
}
