//! `tertulia serve`.

use clap::Args;

use super::{Failure, Settings};
use crate::serve::{self, Ending, Mode, StartError};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Try it out: makes its own secret and two users, and listens on loopback alone.
    #[arg(long)]
    demo: bool,
    /// The address to listen on.
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on; 0 lets the system choose.
    #[arg(long)]
    port: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// Worker threads; 0 means one for each core.
    #[arg(long, value_name = "NUMBER")]
    workers: Option<String>,
    /// How log lines are written: text or json.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// The least severe level to log: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

/// Runs the server until its end.
pub(super) fn run(arguments: Serve) -> Result<Ending, Failure> {
    try_run(arguments)
        .map_err(|error| Failure { exit_code: error.exit_code(), message: error.to_string() })
}

fn try_run(arguments: Serve) -> Result<Ending, StartError> {
    let mode = if arguments.demo { Mode::Demo } else { Mode::Production };
    let config = arguments.settings.load([
        ("server.host", arguments.host),
        ("server.port", arguments.port),
        ("server.workers", arguments.workers),
        ("log.format", arguments.log_format),
        ("log.level", arguments.log_level),
    ])?;
    serve::run(config, mode)
}
