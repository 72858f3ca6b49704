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
    /// Of all answers, their headers included.
    bytes: u64,
    pub(super) time: Duration,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

/// The line that the script writes at the end.
#[derive(Debug, Deserialize)]
struct Report {
    requests: u64,
    bytes: u64,
    micros: u64,
    p50: u64,
    p99: u64,
    /// Connections that could not be opened.
    refused: u64,
    unread: u64,
    unsent: u64,
    /// Statuses of 400 and above.
    failed: u64,
    /// Statuses other than 200, counted in the warm-up alone.
    unexpected: u64,
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

    /// Loads a server for this many seconds. A status other than 200 makes it worth nothing.
    pub(super) fn warm_up(&self, server: SocketAddr, seconds: u64) -> Result<Load, Fault> {
        self.run(server, seconds, "strict")
    }

    /// Loads a server for this many seconds. A request that fails makes it worth nothing, and so do
    /// answers that are of another length, on average, than those of the warm-up.
    pub(super) fn measure(
        &self,
        server: SocketAddr,
        seconds: u64,
        warm_up: &Load,
    ) -> Result<Load, Fault> {
        let load = self.run(server, seconds, "cheap")?;
        load.must_resemble(warm_up)?;
        Ok(load)
    }

    fn run(&self, server: SocketAddr, seconds: u64, mode: &str) -> Result<Load, Fault> {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
            .args(["--duration", &format!("{seconds}s"), "--script"])
            .arg(self.script.path())
            .arg(format!("http://{server}"))
            .arg("--")
            .arg(self.lines.path())
            .arg(mode)
            .output()
            .map_err(|cause| Fault::Start { program: "wrk".to_owned(), cause })?;
        if !output.status.success() {
            return Err(Fault::Load(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        read(&String::from_utf8_lossy(&output.stdout))
    }
}

impl Load {
    /// The measurement counts only failures, as everything else would load its core. Answers that
    /// are empty, cut off or lead elsewhere are shorter than those whose statuses were looked at.
    fn must_resemble(&self, warm_up: &Self) -> Result<(), Fault> {
        /// More than the turn that is not complete at the end can make of it.
        const TOLERANCE: f64 = 0.02;
        let [now, before] = [self, warm_up].map(|load| load.bytes as f64 / load.requests as f64);
        if (now / before - 1.0).abs() <= TOLERANCE {
            return Ok(());
        }
        Err(Fault::Load(format!("answers of {now:.0} bytes after a warm-up with {before:.0}")))
    }
}

fn read(output: &str) -> Result<Load, Fault> {
    let line = output.lines().last().unwrap_or_default();
    let report: Report = serde_json::from_str(line)
        .map_err(|error| Fault::Load(format!("its last line is {line:?}: {error}")))?;
    let Report { requests, bytes, micros, p50, p99, .. } = report;
    let Report { refused, unread, unsent, failed, unexpected, late, .. } = report;
    if requests == 0 || refused + unread + unsent + failed + unexpected + late > 0 {
        return Err(Fault::Load(format!(
            "of {requests} requests {failed} were answered with an error, {unexpected} with another \
             status than 200 and {late} too late; connections: {refused} refused, {unread} failed \
             to read, {unsent} to write"
        )));
    }
    let [time, p50, p99] = [micros, p50, p99].map(Duration::from_micros);
    Ok(Load { requests, bytes, time, p50, p99 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(requests: u64, failed: u64, unexpected: u64) -> String {
        format!(
            "Running 1s test @ http://127.0.0.1:1\n{{\"requests\":{requests},\"bytes\":900000,\
             \"micros\":2000000,\"p50\":900,\"p99\":4000,\"refused\":0,\"unread\":0,\"unsent\":0,\
             \"failed\":{failed},\"unexpected\":{unexpected},\"late\":0}}\n"
        )
    }

    #[test]
    fn a_load_is_read_from_the_last_line() {
        let load = read(&report(5_000, 0, 0)).unwrap();
        assert_eq!((load.requests, load.time), (5_000, Duration::from_secs(2)));
        assert_eq!((load.p50.as_micros(), load.p99.as_micros()), (900, 4_000));
    }

    #[test]
    fn a_load_with_errors_is_a_fault() {
        let fault = read(&report(5_000, 1, 0)).unwrap_err().to_string();
        assert!(fault.contains("of 5000 requests 1 were answered with an error"), "{fault}");
        let fault = read(&report(5_000, 0, 2)).unwrap_err().to_string();
        assert!(fault.contains("2 with another status than 200"), "{fault}");
        assert!(read(&report(0, 0, 0)).is_err());
        assert!(read("unable to connect").is_err());
    }

    #[test]
    fn answers_that_become_shorter_are_a_fault() {
        let warm_up = read(&report(5_000, 0, 0)).unwrap();
        let load = |bytes| Load { bytes, requests: 1_000, ..warm_up };
        assert!(load(182_000).must_resemble(&warm_up).is_ok());
        let fault = load(170_000).must_resemble(&warm_up).unwrap_err().to_string();
        assert!(fault.contains("answers of 170 bytes after a warm-up with 180"), "{fault}");
    }

    /// A server that sends everyone elsewhere, which `wrk` itself takes for a good answer.
    #[test]
    fn a_redirection_fails_the_warm_up() {
        use std::io::{BufRead as _, BufReader};

        // Where `wrk` is not installed there is no bench either.
        if Command::new("wrk").arg("--version").output().is_err() {
            return;
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || {
                    let mut answers = stream.try_clone().unwrap();
                    let blank = |line: &String| line.is_empty();
                    for _ in BufReader::new(stream).lines().map_while(Result::ok).filter(blank) {
                        let answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
                        if answers.write_all(answer).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        let wrk = Wrk::new(&[Line { path: "/".to_owned(), token: None }]).unwrap();
        let fault = wrk.warm_up(address, 1).unwrap_err().to_string();
        assert!(fault.contains("with another status than 200"), "{fault}");
    }
}
