//! `tertulia migrate`.

use std::io::{self, Write as _};

use clap::Args;

use super::{Failure, Settings};
use crate::config::ConfigError;
use crate::database::{Database, OpenError};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    settings: Settings,
}

/// Why the schema was not brought up to date.
#[derive(Debug, thiserror::Error)]
enum MigrateError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error("the process cannot start: {0}")]
    Process(#[from] io::Error),
}

/// Brings the schema up to date, as every start of the server does.
pub(super) fn run(Migrate { settings }: Migrate) -> Result<(), Failure> {
    migrate(settings).map_err(|error| Failure {
        exit_code: if matches!(error, MigrateError::Config(_)) { 2 } else { 1 },
        message: error.to_string(),
    })
}

fn migrate(settings: Settings) -> Result<(), MigrateError> {
    let database = settings.load([])?.database;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        Database::open(&database).await?.close().await;
        Ok::<_, MigrateError>(())
    })?;
    writeln!(io::stdout(), "{} is up to date", database.url)?;
    Ok(())
}
