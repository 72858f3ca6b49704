//! `tertulia config`.

use std::io::{self, Write as _};

use clap::Subcommand;

use super::{Failure, Settings};
use crate::config::{Config, ConfigError};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say whether the settings can be used, and if not, why.
    Check(Settings),
    /// Show the settings that a server started here would have, without secrets.
    Show(Settings),
}

/// Prints what was asked for.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::Check(settings) => check(settings),
        Command::Show(settings) => show(settings),
    };
    let text = text.map_err(|error| Failure { exit_code: 2, message: error.to_string() })?;
    write!(io::stdout(), "{text}").map_err(|error| Failure {
        exit_code: 1,
        message: format!("the settings could not be written to the standard output: {error}"),
    })
}

fn check(settings: Settings) -> Result<String, ConfigError> {
    let config = settings.load([])?;
    Ok(match config.auth.jwt_secret {
        Some(_) => "the settings can be used\n".to_owned(),
        None => {
            "the settings can be used with --demo; otherwise JWT_SECRET is missing\n".to_owned()
        }
    })
}

fn show(settings: Settings) -> Result<String, ConfigError> {
    Config::show(&settings.sources([]))
}
