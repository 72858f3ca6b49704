//! What the commands share that work on the data of a server: how they get at them, and why they
//! fail.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Failure, Settings};
use crate::app;
use crate::auth::{HashError, PasswordHasher, RegisterError};
use crate::clock::Sources;
use crate::config::{Config, ConfigError};
use crate::database::{self, Database, OpenError, StorageError};
use crate::files::UnusableFolder;
use crate::seed::SeedError;
use crate::users::{Email, ImportError, UserRepository};

/// Why a command about the data failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum DataError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}: {1}")]
    File(PathBuf, ImportError),
    #[error("{0}")]
    Refused(String),
    #[error("there is no user with the email {0}")]
    NoUser(Email),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Seed(#[from] SeedError),
    #[error(transparent)]
    Images(#[from] UnusableFolder),
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the process cannot start: {0}")]
    Process(io::Error),
    /// All went well, apart from saying so.
    #[error("{0}, but this could not be written to the standard output: {1}")]
    Output(String, io::Error),
}

impl DataError {
    /// 2 if the settings are at fault, else 1.
    pub(super) fn exit_code(&self) -> u8 {
        if matches!(self, Self::Config(_)) { 2 } else { 1 }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self { exit_code: error.exit_code(), message: error.to_string() }
    }
}

/// The settings, with a database that outlives the command.
pub(super) fn load(settings: Settings) -> Result<Config, DataError> {
    let config = settings.load([])?;
    if database::is_in_memory(&config.database.url) {
        let line = "database.url is a database in memory, which ends with this command; \
            allowed: sqlite://<path> or postgres://…";
        return Err(ConfigError::new(line).into());
    }
    Ok(config)
}

/// Opens the database, works, and closes it.
pub(super) fn with_database<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Database) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(DataError::Process)?.block_on(async {
        let database = Database::open(&config.database).await?;
        let worked = work(&database).await;
        database.close().await;
        worked
    })
}

/// The same for work on users alone.
pub(super) fn with_users<T>(
    config: &Config,
    work: impl AsyncFnOnce(Arc<dyn UserRepository>) -> Result<T, DataError>,
) -> Result<T, DataError> {
    with_database(config, async |database| work(app::repository_of_users(database)).await)
}

/// One password is hashed at a time, and nobody else waits.
pub(super) fn hasher(sources: &Sources) -> Result<PasswordHasher, DataError> {
    Ok(PasswordHasher::new(NonZeroUsize::MIN, 1, sources.clone())?)
}
