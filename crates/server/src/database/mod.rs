//! The database: which one, how it is opened, its schema, its end.

mod error;
mod page;
mod pool;
mod postgres;
mod postgres_pool;
mod sqlite;
mod sqlite_pool;

use std::path::PathBuf;

use crate::config::{self, DatabaseKind, DatabaseUrl};
pub use error::StorageError;
pub use page::Page;
pub(crate) use pool::{Lendable, LongTransaction};
pub(crate) use postgres_pool::PostgresPool;
pub(crate) use sqlite_pool::SqlitePool;

/// An open database whose schema is up to date. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PostgresPool),
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the database {address} cannot be opened: {cause}")]
pub(crate) struct OpenError {
    /// Without a password.
    address: String,
    cause: Cause,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Database {
    /// Opens the database of the settings and brings its schema up to date, which of several servers
    /// that start at once one does while the others wait.
    pub(crate) async fn open(settings: &config::Database) -> Result<Self, OpenError> {
        let opened = match settings.url.kind() {
            DatabaseKind::Sqlite => sqlite::open(settings).await.map(Self::Sqlite),
            DatabaseKind::Postgres => postgres::open(settings).await.map(Self::Postgres),
        };
        opened.map_err(|cause| OpenError { address: settings.url.to_string(), cause })
    }

    /// Waits for what was given up, and closes it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// The folder in which data are kept, and where there is room for what else must outlive the
/// process; `None` if the database is elsewhere, or in memory.
pub(crate) fn data_folder(url: &DatabaseUrl) -> Option<PathBuf> {
    match url.kind() {
        DatabaseKind::Sqlite => sqlite::data_folder(url.expose()),
        DatabaseKind::Postgres => None,
    }
}

/// Whether everything is gone when the process ends.
pub(crate) fn is_in_memory(url: &DatabaseUrl) -> bool {
    url.kind() == DatabaseKind::Sqlite && data_folder(url).is_none()
}

#[cfg(test)]
pub(crate) mod testing {
    //! Databases for tests.

    use super::*;
    use crate::config::Span;

    /// The settings of a database at this address.
    pub(crate) fn settings(url: &str) -> config::Database {
        let timeout = Span(std::time::Duration::from_secs(5));
        config::Database { url: url.parse().unwrap(), max_connections: 4, timeout }
    }

    /// The database at this address, opened as in production.
    pub(crate) async fn open(url: &str) -> Database {
        Database::open(&settings(url)).await.unwrap()
    }
}
