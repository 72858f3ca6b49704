//! PostgreSQL: how it is opened.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions as _;
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
    let single = single.connect_with(options.clone()).await?;
    tokio::time::timeout(MIGRATION, sqlx::migrate!("migrations/postgres").run(&single)).await??;
    // What becomes of a connection that is not needed any more does not matter.
    drop(single);
    let millis = timeout.as_millis().to_string();
    let limits = [("statement_timeout", millis.as_str()), ("lock_timeout", millis.as_str())];
    Ok(PostgresPool::new(options.options(limits), settings.pool_size(), timeout))
}
