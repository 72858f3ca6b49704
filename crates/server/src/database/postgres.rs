//! PostgreSQL: how it is opened.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Cause, PostgresPool};
use crate::config::Database;

/// How long bringing the schema up to date may take, another server's doing so included.
const MIGRATION: Duration = Duration::from_mins(5);

/// Brings the schema up to date and makes the pool. The server itself gives statements up after the
/// time limit, so that none goes on for which nobody waits any more; migrations may take longer.
pub(super) async fn open(settings: &Database) -> Result<PostgresPool, Cause> {
    let timeout = settings.timeout.get();
    let options = PgConnectOptions::from_str(settings.url.expose())?
        .application_name("tertulia")
        .disable_statement_logging();
    let single = PgPoolOptions::new().acquire_timeout(timeout).max_connections(1);
    let single = single.connect_with(options.clone()).await.map_err(|error| match error {
        // The pool tries until then, and keeps to itself what came in between.
        sqlx::Error::PoolTimedOut => format!("nothing answers there within {timeout:?}").into(),
        error => in_its_words(error),
    })?;
    tokio::time::timeout(MIGRATION, sqlx::migrate!("migrations/postgres").run(&single))
        .await?
        .map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                in_its_words(error)
            }
            error => Cause::from(error),
        })?;
    // What becomes of a connection that is not needed any more does not matter.
    drop(single);
    let millis = timeout.as_millis().to_string();
    let limits = [("statement_timeout", millis.as_str()), ("lock_timeout", millis.as_str())];
    Ok(PostgresPool::new(options.options(limits), settings.pool_size(), timeout, None))
}

/// What PostgreSQL says, without the line of its own source that the driver adds.
fn in_its_words(error: sqlx::Error) -> Cause {
    match error {
        sqlx::Error::Database(error) => error.message().into(),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Span;
    use crate::database::{Database, testing};

    use super::*;

    #[tokio::test]
    async fn what_postgres_says_is_passed_on_as_it_is() {
        let url = test_postgres::Cluster::shared().empty_schema();
        let (server, _) = url.rsplit_once('/').unwrap();
        let settings = testing::settings(&format!("{server}/nowhere"));
        let line = Database::open(&settings).await.unwrap_err().to_string();
        assert!(line.ends_with("cannot be opened: database \"nowhere\" does not exist"), "{line}");
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_said_in_one_line() {
        // Bound and not listening: whoever connects is refused.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let mut settings = testing::settings(&format!("postgres://ada:secret@{address}/shop"));
        settings.timeout = Span(Duration::from_millis(200));
        let line = Database::open(&settings).await.unwrap_err().to_string();
        assert_eq!(
            line,
            format!(
                "the database postgres://***@{address}/shop cannot be opened: \
                 nothing answers there within 200ms"
            )
        );
    }
}
