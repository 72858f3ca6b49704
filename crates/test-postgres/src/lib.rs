//! A private PostgreSQL for tests: a cluster of its own in a temporary folder, on a port of its own
//! on loopback, from the system's packages. It ends with the process that started it, however that
//! ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// Makes the cluster, then does what it is told, line by line, and cleans up when nobody tells it
/// anything any more.
const GUARD: &str = include_str!("guard.sh");

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    guard: Mutex<Guard>,
    names: AtomicU32,
}

#[derive(Debug)]
struct Guard {
    _child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// The cluster that all tests of this process share. Each takes a schema of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A cluster of its own, for a test that stops it.
    ///
    /// # Panics
    /// If there is no PostgreSQL on this machine, or it does not start.
    pub fn start() -> Self {
        Self::start_with("fsync=off")
    }

    /// The same, but what it says to be committed is on disk, as is its default. For what measures.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_durable() -> Self {
        Self::start_with("fsync=on")
    }

    fn start_with(setting: &str) -> Self {
        let port = free_port();
        let mut child = Command::new("bash")
            .args(["-c", GUARD, "postgres-for-tests", &port.to_string(), setting])
            .env("PGOPTIONS", "-c statement_timeout=30s")
            // Whoever ends the tests by a signal to all their processes leaves it to clean up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let guard = Guard { _child: child, orders, answers };
        let cluster = Self { port, guard: Mutex::new(guard), names: AtomicU32::new(0) };
        cluster.order("start");
        cluster
    }

    /// Stops the server as if its machine had failed. Its data stay.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Starts it again.
    pub fn start_again(&self) {
        self.order("start");
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of an empty schema that nobody else uses.
    pub fn empty_schema(&self) -> String {
        let schema = self.new_name();
        self.sql_in("postgres", &format!("CREATE SCHEMA {schema}"));
        self.url(&format!("?options=-c%20search_path%3D{schema}"))
    }

    /// The name of an empty database that nobody else uses.
    pub fn empty_database(&self) -> String {
        let name = self.new_name();
        self.sql_in("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    fn new_name(&self) -> String {
        format!("test_{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// The address of the database, with parameters.
    pub fn url(&self, parameters: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres{parameters}", self.port)
    }

    /// Runs SQL in a database.
    pub fn sql_in(&self, database: &str, sql: &str) {
        self.order(&format!("sql {database} {}", sql.replace('\n', " ")));
    }

    /// Gives an order and waits until it is done.
    fn order(&self, order: &str) {
        let mut guard = self.guard.lock().unwrap();
        writeln!(guard.orders, "{order}").unwrap();
        let mut answer = String::new();
        guard.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{order}");
    }
}

/// A port that nobody listens on, outside of those that the system gives to whoever asks for any.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut ports = std::iter::repeat_with(|| {
        let offset =
            std::process::id().wrapping_mul(7).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        u16::try_from(20_000 + offset % 10_000).unwrap()
    });
    ports.find(is_free).unwrap()
}
