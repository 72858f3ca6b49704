//! The embedded database: where its file is, how it is opened, its schema.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::config::Database;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the database {url} cannot be opened: {cause}")]
pub(crate) struct OpenError {
    url: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

/// The folder that holds the database's file, and what else must outlive the process; `None` if the
/// database is kept in memory.
pub(crate) fn data_folder(url: &str) -> Option<PathBuf> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return None;
    }
    let options = SqliteConnectOptions::from_str(url).ok()?;
    let folder = options.get_filename().parent().unwrap_or(Path::new(""));
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

/// Opens the database, creates its file and folder if they do not exist, and brings its schema up
/// to date. A commit is on disk when it is reported (WAL, `synchronous = FULL`).
pub(crate) async fn open(settings: &Database) -> Result<SqlitePool, OpenError> {
    try_open(settings).await.map_err(|cause| OpenError { url: settings.url.clone(), cause })
}

async fn try_open(
    settings: &Database,
) -> Result<SqlitePool, Box<dyn std::error::Error + Send + Sync>> {
    let folder = data_folder(&settings.url);
    if let Some(folder) = &folder {
        tokio::fs::create_dir_all(folder).await?;
    }
    let options = SqliteConnectOptions::from_str(&settings.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(settings.timeout.get())
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(settings.timeout.get())
        // One in memory dies with its last connection, so that one is kept.
        .max_connections(if folder.is_some() { settings.max_connections } else { 1 })
        .min_connections(1)
        // A connection within this process does not break while it waits. That it works is seen
        // when it is given back, so that asking again would cost each look-up a round trip to its
        // thread for nothing.
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await?;
    sqlx::migrate!("migrations/sqlite").run(&pool).await?;
    Ok(pool)
}

#[cfg(test)]
pub(crate) mod testing {
    //! Databases for tests.

    use sqlx::sqlite::SqlitePool;

    use crate::config::{Database, Span};

    /// The database at this address, opened as in production.
    pub(crate) async fn open(url: &str) -> SqlitePool {
        let timeout = Span(std::time::Duration::from_secs(5));
        let settings = Database { url: url.to_owned(), max_connections: 4, timeout };
        super::open(&settings).await.unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_that_of_the_file() {
        let folder = |url| data_folder(url).map(|folder| folder.display().to_string());
        assert_eq!(folder("sqlite://data/tertulia.db").as_deref(), Some("data"));
        assert_eq!(folder("sqlite:///var/lib/t/t.db").as_deref(), Some("/var/lib/t"));
        assert_eq!(folder("sqlite:t.db").as_deref(), Some("."));
        assert_eq!(folder("sqlite::memory:"), None);
    }

    #[tokio::test]
    async fn is_durable_and_in_wal_mode() {
        let folder = tempfile::tempdir().unwrap();
        let pool = testing::open(&format!("sqlite://{}/a/b/t.db", folder.path().display())).await;
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
        let sync: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&pool).await.unwrap();
        assert_eq!((mode.as_str(), sync), ("wal", 2));
    }

    #[tokio::test]
    async fn what_is_no_database_is_said_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        std::fs::write(&file, "this is no database, whatever its name says. ".repeat(100)).unwrap();
        let url = format!("sqlite://{}", file.display());
        let timeout = crate::config::Span(std::time::Duration::from_secs(5));
        let line = open(&Database { url: url.clone(), max_connections: 1, timeout })
            .await
            .unwrap_err()
            .to_string();
        assert!(line.contains(&url) && !line.contains('\n'), "{line}");
    }
}
