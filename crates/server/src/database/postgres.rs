//! PostgreSQL: how it is opened.

use std::str::FromStr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::Cause;
use crate::config::Database;

/// Opens the pool. The server itself gives statements up after the time limit, so that none goes on
/// for which nobody waits any more.
pub(super) async fn open(settings: &Database) -> Result<PgPool, Cause> {
    let timeout = settings.timeout.get();
    let millis = timeout.as_millis().to_string();
    let options = PgConnectOptions::from_str(settings.url.expose())?
        .application_name("tertulia")
        .options([("statement_timeout", millis.as_str()), ("lock_timeout", millis.as_str())])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .acquire_timeout(timeout)
        .max_connections(settings.pool_size())
        .connect_with(options)
        .await?;
    sqlx::migrate!("migrations/postgres").run(&pool).await?;
    Ok(pool)
}
