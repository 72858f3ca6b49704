//! How connections to SQLite are lent: each is a thread of this process.

use std::time::Duration;

use deadpool::managed::Object;
use sqlx::error::ErrorKind;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Sqlite};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::pool::{Lendable, Place, Pool};

/// Connections to SQLite.
pub(crate) type SqlitePool = Pool<Sqlite>;

impl Lendable for Sqlite {
    /// A transaction that will write takes its place at once: one that reads first may find that
    /// another was quicker, and has to be given up.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    /// Within this process none breaks while it waits. To ask its thread each time would cost as much
    /// as a look-up does.
    async fn check(_: &mut SqliteConnection, _: Duration) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// A constraint undoes its statement and nothing else; what stands around it is rolled back by
    /// the thread before it does what comes next. Other errors may end a transaction behind the
    /// driver's back (<https://sqlite.org/lang_transaction.html>, section 3).
    fn leaves_it_usable(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Database(error) => !matches!(error.kind(), ErrorKind::Other),
            sqlx::Error::RowNotFound => true,
            _ => false,
        }
    }

    /// Its thread may still be at work, or wait for another writer. It keeps its place until the thread
    /// has undone everything, however long that takes: there are never more threads than places.
    fn give_up(mut connection: Place<Self>, undoing: &TaskTracker) {
        let Ok(runtime) = Handle::try_current() else {
            drop(Object::take(connection));
            return;
        };
        let undone = async move {
            // The thread answers in order. It knows no way back if it could not roll back.
            let answered = connection.ping().await;
            if answered.is_err() || connection.is_in_transaction() {
                drop(Object::take(connection));
            }
        };
        undoing.spawn_on(undone, &runtime);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::config::{Database, Span};
    use crate::database::{StorageError, testing};

    /// With room for one connection, and an empty table.
    async fn pool_of_one(url: &str, timeout: Duration) -> SqlitePool {
        let settings =
            Database { max_connections: 1, timeout: Span(timeout), ..testing::settings(url) };
        let pool = crate::database::sqlite::open(&settings).await.unwrap();
        let table = sqlx::raw_sql("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)");
        pool.lend().await.unwrap().within(|sql| table.execute(sql)).await.unwrap();
        pool
    }

    /// Long enough for whatever ends by itself.
    const PATIENT: Duration = Duration::from_mins(1);

    fn address(folder: &TempDir) -> String {
        format!("sqlite://{}/t.db", folder.path().display())
    }

    async fn notes(pool: &SqlitePool) -> Result<i64, StorageError> {
        let query = sqlx::query_scalar("SELECT count(*) FROM notes");
        pool.lend().await?.within(|sql| query.fetch_one(sql)).await
    }

    async fn add(sql: &mut SqliteConnection, text: &str) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO notes (text) VALUES (?)").bind(text).execute(sql).await?;
        Ok(())
    }

    /// Adds one in a transaction, unless it is there already.
    async fn add_one(pool: &SqlitePool, text: &str) -> Result<(), StorageError> {
        let adding = async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            add(&mut sql, text).await?;
            sql.commit().await
        };
        pool.lend().await?.within(adding).await
    }

    /// Another process that writes, until this is closed.
    async fn other_writer(url: &str) -> SqliteConnection {
        let mut other = SqliteConnection::connect(url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        other
    }

    #[tokio::test]
    async fn a_transaction_that_is_given_up_is_undone_before_anyone_else_has_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool_of_one(&address(&folder), PATIENT).await;
        let (added, is_added) = tokio::sync::oneshot::channel();
        let mut lent = pool.lend().await.unwrap();
        let adding = lent.within(async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            add(&mut sql, "given up").await?;
            added.send(()).unwrap();
            std::future::pending::<Result<(), sqlx::Error>>().await
        });
        tokio::select! {
            _ = adding => panic!("it never ends by itself"),
            is_added = is_added => is_added.unwrap(),
        }
        drop(lent);
        assert_eq!(notes(&pool).await.unwrap(), 0);
        add_one(&pool, "another").await.unwrap();
        assert_eq!(notes(&pool).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_transaction_that_failed_is_undone_before_anyone_else_has_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool_of_one(&address(&folder), PATIENT).await;
        let twice = async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            add(&mut sql, "twice").await?;
            add(&mut sql, "twice").await?;
            sql.commit().await
        };
        let failed = pool.lend().await.unwrap().within(twice).await.unwrap_err();
        assert_eq!(failed.taken(), Some("notes.text"));
        assert_eq!(notes(&pool).await.unwrap(), 0);
        add_one(&pool, "another").await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_has_lost_its_transaction_gives_its_place_to_another() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool_of_one(&address(&folder), PATIENT).await;
        // As SQLite does by itself when the disk is full.
        let lost = async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            sqlx::raw_sql("ROLLBACK").execute(&mut *sql).await?;
            sqlx::raw_sql("SELECT no_such_function()").execute(&mut *sql).await?;
            sql.commit().await
        };
        pool.lend().await.unwrap().within(lost).await.unwrap_err();
        add_one(&pool, "another").await.unwrap();
    }

    #[tokio::test]
    async fn a_writer_that_is_given_up_keeps_its_place_until_its_thread_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let url = address(&folder);
        let pool = pool_of_one(&url, PATIENT).await;
        let other = other_writer(&url).await;
        let mut waiting = Box::pin(add_one(&pool, "given up"));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(waiting);
        let mut reading = Box::pin(notes(&pool));
        assert!(futures_util::poll!(&mut reading).is_pending());
        other.close().await.unwrap();
        assert_eq!(reading.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn waiting_ends_in_time_for_a_connection_and_for_another_writer() {
        let folder = tempfile::tempdir().unwrap();
        let url = address(&folder);
        let pool = pool_of_one(&url, Duration::from_millis(100)).await;
        let lent = pool.lend().await.unwrap();
        assert!(notes(&pool).await.is_err());
        drop(lent);
        let other = other_writer(&url).await;
        assert!(add_one(&pool, "too late").await.is_err());
        other.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_long_transaction_that_is_dropped_is_rolled_back_and_one_in_memory_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for url in [address(&folder), "sqlite::memory:".to_owned()] {
            let pool = pool_of_one(&url, PATIENT).await;
            let mut transaction = pool.begin().await.unwrap();
            transaction.within(|sql| add(sql, "dropped")).await.unwrap();
            drop(transaction);
            assert_eq!(notes(&pool).await.unwrap(), 0, "{url}");
            let mut transaction = pool.begin().await.unwrap();
            transaction.within(|sql| add(sql, "kept")).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(notes(&pool).await.unwrap(), 1, "{url}");
        }
    }

    #[tokio::test]
    async fn what_is_closed_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool_of_one(&address(&folder), PATIENT).await;
        add_one(&pool, "one").await.unwrap();
        let files = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files(folder.path()), 3);
        pool.close().await;
        assert_eq!(files(folder.path()), 1);
        assert!(notes(&pool).await.is_err());
    }
}
