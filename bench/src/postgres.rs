//! A PostgreSQL of our own.

use std::io;
use std::time::Duration;

use nix::unistd::Pid;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use test_postgres::Cluster;

use crate::load::Fault;
use crate::meter;

/// A running PostgreSQL. It ends with this process.
pub(crate) struct Postgres {
    cluster: Cluster,
    /// The process that has started all others of it.
    postmaster: Pid,
}

impl Postgres {
    /// One that is only read from, on the cores that this process has.
    pub(crate) fn start() -> Result<Self, Fault> {
        Self::of(Cluster::start())
    }

    /// The same with its default settings: what it says to be committed is on disk.
    pub(crate) fn start_durable() -> Result<Self, Fault> {
        Self::of(Cluster::start_durable())
    }

    fn of(cluster: Cluster) -> Result<Self, Fault> {
        let postmaster = blocking(postmaster(cluster.url("")))?;
        Ok(Self { cluster, postmaster })
    }

    /// The name of a new database.
    pub(crate) fn empty_database(&self) -> String {
        self.cluster.empty_database()
    }

    pub(crate) fn port(&self) -> u16 {
        self.cluster.port()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port())
    }

    /// User and system time of all its processes, of those included that have ended.
    pub(crate) fn cpu_time(&self) -> io::Result<Duration> {
        meter::family_cpu_time(self.postmaster)
    }
}

/// A connection is served by a child of the process that is looked for.
async fn postmaster(url: String) -> Result<Pid, sqlx::Error> {
    let mut connection = PgConnection::connect(&url).await?;
    let backend: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
    let parent = meter::parent(Pid::from_raw(backend))?;
    connection.close().await?;
    Ok(parent)
}

/// Waits for work with a database.
pub(crate) fn blocking<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work).map_err(|error| Fault::Database(error.to_string()))
}
