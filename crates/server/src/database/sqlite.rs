//! The embedded database: where its file is, how it is opened, its schema.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Cause, SqlitePool};
use crate::config::Database;

/// The folder that holds the database's file; `None` if the database is kept in memory.
pub(super) fn data_folder(url: &str) -> Option<PathBuf> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return None;
    }
    let options = SqliteConnectOptions::from_str(url).ok()?;
    let folder = options.get_filename().parent().unwrap_or(Path::new(""));
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

/// Opens the database, creates its file and folder if they do not exist, and brings its schema up
/// to date. A commit is on disk when it is reported (WAL, `synchronous = FULL`).
pub(super) async fn open(settings: &Database) -> Result<SqlitePool, Cause> {
    let url = settings.url.expose();
    let folder = data_folder(url);
    if let Some(folder) = &folder {
        tokio::fs::create_dir_all(folder).await?;
    }
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Sooner than whoever waits for the answer gives up: then they learn that it was a lock.
        .busy_timeout(settings.timeout.get() * 9 / 10)
        .disable_statement_logging();
    let timeout = settings.timeout.get();
    let single = SqlitePoolOptions::new().acquire_timeout(timeout).max_connections(1);
    let single = single.connect_with(options.clone()).await?;
    sqlx::migrate!("migrations/sqlite").run(&single).await?;
    Ok(if folder.is_some() {
        single.close().await;
        SqlitePool::new(options, settings.pool_size(), timeout, None)
    } else {
        // One in memory is gone with its last connection, and locks whole tables.
        SqlitePool::new(options, 1, timeout, Some(single.acquire().await?.detach()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::testing;

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
        let url = format!("sqlite://{}/a/b/t.db", folder.path().display());
        let pool = open(&testing::settings(&url)).await.unwrap();
        let mut lent = pool.lend().await.unwrap();
        let mode = sqlx::query_scalar("PRAGMA journal_mode");
        let mode: String = lent.within(|sql| mode.fetch_one(sql)).await.unwrap();
        let sync = sqlx::query_scalar("PRAGMA synchronous");
        let sync: i64 = lent.within(|sql| sync.fetch_one(sql)).await.unwrap();
        assert_eq!((mode.as_str(), sync), ("wal", 2));
    }

    #[tokio::test]
    async fn what_is_no_database_is_said_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.db");
        std::fs::write(&file, "this is no database, whatever its name says. ".repeat(100)).unwrap();
        let url = format!("sqlite://{}", file.display());
        let error = super::super::Database::open(&testing::settings(&url)).await.unwrap_err();
        let line = error.to_string();
        assert!(line.contains(&url) && !line.contains('\n'), "{line}");
    }
}
