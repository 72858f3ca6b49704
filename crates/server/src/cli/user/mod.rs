//! `tertulia user`.

mod account;
mod import;
mod list;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;

use super::{Failure, Settings};
use crate::app;
use crate::auth::RegisterError;
use crate::config::{Config, ConfigError};
use crate::database::{self, Database, OpenError, StorageError};
use crate::http::Property;
use crate::users::{self, Email, ImportError, UserRepository};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a user. The password is asked for, or read from the standard input.
    Create(account::Create),
    /// List all users, in the order of their emails.
    List(list::List),
    /// Give a user another password, which is asked for, or read from the standard input.
    SetPassword(account::Account),
    /// Forbid a user to sign in. Connections that are open stay until their token expires.
    Deactivate(account::Account),
    /// Allow it again.
    Activate(account::Account),
    /// Import users, with the hashes of their passwords, from a file.
    #[command(after_help = import::HELP)]
    Import(import::ImportArguments),
}

/// Why a command about users failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}: {1}")]
    File(PathBuf, ImportError),
    #[error("{0}")]
    Refused(String),
    #[error("there is no user with the email {0}")]
    NoUser(Email),
    #[error(transparent)]
    Register(#[from] RegisterError),
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

/// Does it, and says what was done.
pub(super) fn run(command: User) -> Result<(), Failure> {
    let done = match command {
        User::Create(arguments) => account::create(arguments).map(Some),
        User::List(arguments) => list::run(arguments).map(|()| None),
        User::SetPassword(account) => account::set_password(account).map(Some),
        User::Deactivate(account) => account::set_active(account, false).map(Some),
        User::Activate(account) => account::set_active(account, true).map(Some),
        User::Import(arguments) => import::run(arguments).map(Some),
    };
    let told = done.and_then(|report| match report {
        Some(report) => {
            writeln!(io::stdout(), "{report}").map_err(|error| UserError::Output(report, error))
        }
        None => Ok(()),
    });
    told.map_err(|error| Failure { exit_code: error.exit_code(), message: error.to_string() })
}

impl UserError {
    /// 2 if the settings are at fault, else 1.
    pub(super) fn exit_code(&self) -> u8 {
        if matches!(self, Self::Config(_)) { 2 } else { 1 }
    }
}

/// The settings, with a database that outlives the command.
pub(super) fn load(settings: Settings) -> Result<Config, UserError> {
    let config = settings.load([])?;
    if database::is_in_memory(&config.database.url) {
        let line = "database.url is a database in memory, which ends with this command; \
            allowed: sqlite://<path> or postgres://…";
        return Err(ConfigError::new(line).into());
    }
    Ok(config)
}

/// Opens the database, works, and closes it.
pub(super) fn with_users<T>(
    config: &Config,
    work: impl AsyncFnOnce(Arc<dyn UserRepository>) -> Result<T, UserError>,
) -> Result<T, UserError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(UserError::Process)?.block_on(async {
        let database = Database::open(&config.database).await?;
        let worked = work(app::repository_of_users(&database)).await;
        database.close().await;
        worked
    })
}

/// The user with this email.
pub(super) async fn find(
    users: &dyn UserRepository,
    email: &Email,
) -> Result<users::User, UserError> {
    let known = users.find_credentials(email).await?;
    known.map(|known| known.user).ok_or_else(|| UserError::NoUser(email.clone()))
}

/// Reads something that people write, or says everything that is wrong with it.
pub(super) fn parse<P: Property>(text: &str, name: &str) -> Result<P, UserError> {
    P::read(text).map_err(|problems| {
        let problems = problems.into_iter().map(|problem| P::describe(problem, name));
        UserError::Refused(problems.collect::<Vec<_>>().join("; "))
    })
}
