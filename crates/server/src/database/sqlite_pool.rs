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
