//! A server under measurement: a process of ours, from its start to its end.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cores::Cores;
use crate::load::Fault;
use crate::meter;

/// The original starts a database of its own first.
const START_TIMEOUT: Duration = Duration::from_mins(1);
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that listens.
pub(crate) struct Server {
    child: Child,
    /// What is measured: the child, or a process that it has started.
    pid: Pid,
    pub(crate) address: SocketAddr,
    log: std::path::PathBuf,
}

/// What a server has used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    pub(crate) resident_bytes: u64,
    /// The most that was resident at any time.
    pub(crate) peak_bytes: u64,
}

impl Server {
    /// Starts it and waits for the line that says where it listens. Its errors go to a file in
    /// `folder`. It ends with this process, however that ends.
    pub(crate) fn start(command: &Command, cores: Cores, folder: &Path) -> Result<Self, Fault> {
        let log = folder.join("server.log");
        let mut mortal = Command::new("setpriv");
        mortal.args(["--pdeathsig", "TERM", "--", "taskset", "--cpu-list", &cores.list()]);
        mortal.arg(command.get_program()).args(command.get_args()).env_clear();
        // What else is set where this runs must not change what is measured.
        let kept = ["PATH", "HOME", "TMPDIR", "BENCH_FAULT"];
        mortal.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        mortal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        mortal.current_dir(command.get_current_dir().unwrap_or(folder));
        mortal.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = mortal.spawn().map_err(|cause| Fault::Start { program, cause })?;
        let stdout = child.stdout.take().expect("it was piped");
        let (sender, lines) = mpsc::sync_channel(1);
        // Reads to the end, so that a server that goes on talking is not stopped by a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(ready) = Ready::parse(&line) {
                    // Nobody listens any more after the first.
                    sender.try_send(ready).ok();
                }
            }
        });
        let own = Pid::from_raw(i32::try_from(child.id()).expect("pids are i32"));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { child, pid: own, address, log };
        let ready = lines.recv_timeout(START_TIMEOUT).map_err(|error| match error {
            RecvTimeoutError::Disconnected => server.obituary(),
            RecvTimeoutError::Timeout => Fault::TimedOut("the server's start".to_owned()),
        })?;
        server.pid = ready.pid.unwrap_or(own);
        server.address = ready.address;
        Ok(server)
    }

    /// What it has used; fails if it is no more.
    pub(crate) fn usage(&self) -> Result<Usage, Fault> {
        let read = || -> std::io::Result<Usage> {
            Ok(Usage {
                cpu: meter::cpu_time(self.pid)?,
                resident_bytes: meter::resident_bytes(self.pid)?,
                peak_bytes: meter::peak_bytes(self.pid)?,
            })
        };
        read().map_err(|_| self.obituary())
    }

    /// Fails if it is no more.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.usage().map(|_| ())
    }

    /// Ends it as an operator would.
    pub(crate) fn stop(mut self) -> Result<(), Fault> {
        kill(self.process(), Signal::SIGTERM).map_err(std::io::Error::from)?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    return Err(Fault::TimedOut("the server's end".to_owned()));
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        // Those that do not listen for the signal are ended by it, which is what was asked for.
        if status.success() || status.signal() == Some(Signal::SIGTERM as i32) {
            return Ok(());
        }
        Err(self.obituary())
    }

    fn process(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("pids are i32"))
    }

    fn obituary(&self) -> Fault {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut last: Vec<_> = log.lines().rev().take(8).collect();
        last.reverse();
        Fault::ServerDied(last.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a fault; one that has ended already does not mind.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// `listening on 127.0.0.1:<port> pid <pid>`, or any line with an address on loopback.
struct Ready {
    address: SocketAddr,
    pid: Option<Pid>,
}

impl Ready {
    fn parse(line: &str) -> Option<Self> {
        let from = line.find("127.0.0.1:")?;
        let word = line[from..].split([' ', '"', '/']).next()?;
        let pid = line.split_once(" pid ").and_then(|(_, pid)| pid.trim().parse().ok());
        Some(Self { address: word.parse().ok()?, pid: pid.map(Pid::from_raw) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_where() {
        let ready = Ready::parse("listening on 127.0.0.1:4711 pid 12").unwrap();
        assert_eq!(ready.address.port(), 4711);
        assert_eq!(ready.pid, Some(Pid::from_raw(12)));
        let ready = Ready::parse("Tertulia 0.1.0 listens on http://127.0.0.1:3000").unwrap();
        assert_eq!((ready.address.port(), ready.pid), (3000, None));
        assert!(Ready::parse("Data is kept in memory").is_none());
    }

    #[test]
    fn a_server_that_does_not_start_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo no room >&2; exit 3"]);
        let Err(Fault::ServerDied(why)) = Server::start(&command, Cores::All, folder.path()) else {
            panic!("it cannot have started")
        };
        assert_eq!(why, "no room");
    }

    #[test]
    fn a_server_that_ends_badly_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        let script = "trap 'echo panicked >&2; exit 101' TERM; echo listening on 127.0.0.1:1; \
                      while :; do read -t 0.01 <> <(:); done";
        command.args(["-c", script]);
        let server = Server::start(&command, Cores::All, folder.path()).unwrap();
        let Err(Fault::ServerDied(why)) = server.stop() else { panic!("it has ended badly") };
        assert!(why.contains("panicked"), "{why}");
    }
}
