//! What goes wrong in a database.

/// The database is away, full, locked, or holds something that cannot be. Trying again later may
/// help; the cause is for the log alone.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct StorageError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StorageError {
    /// Wraps what the implementation met.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// What had to be unique and was not: the name of the constraint in Postgres, `table.column` in
    /// SQLite.
    pub(crate) fn taken(&self) -> Option<&str> {
        let Some(sqlx::Error::Database(error)) = self.0.downcast_ref() else {
            return None;
        };
        let in_sqlite = || error.message().strip_prefix("UNIQUE constraint failed: ");
        error.constraint().or_else(in_sqlite).filter(|_| error.is_unique_violation())
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error)
    }
}
