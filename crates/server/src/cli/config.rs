//! `tertulia config`.

use std::io::{self, Write as _};

use clap::Subcommand;

use super::{Failure, Settings};
use crate::config::{Config, ConfigError};
use crate::secret::{self, SecretError};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say whether the settings can be used, and if not, why; the database is not asked.
    Check(Settings),
    /// Show the settings that a server started here would have, without secrets.
    Show(Settings),
}

/// Prints what was asked for.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::Check(settings) => check(settings).map_err(|error| error.to_string()),
        Command::Show(settings) => show(settings).map_err(|error| error.to_string()),
    };
    let text = text.map_err(|message| Failure { exit_code: 2, message })?;
    write!(io::stdout(), "{text}").map_err(|error| Failure {
        exit_code: 1,
        message: format!("the settings could not be written to the standard output: {error}"),
    })
}

/// As strict as a server that is not for trying out.
fn check(settings: Settings) -> Result<String, SecretError> {
    let config = settings.load([])?;
    secret::configured(config.auth.jwt_secret.as_ref())?;
    Ok("the settings can be used\n".to_owned())
}

fn show(settings: Settings) -> Result<String, ConfigError> {
    Config::show(&settings.sources([]))
}
