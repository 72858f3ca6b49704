//! The command line.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Sources};
use crate::serve::{self, Ending, Mode, StartError};

/// As shells know it: ended by SIGINT.
const INTERRUPTED: u8 = 130;

const SETTINGS: &str = "\
Settings are read from tertulia.toml (or --config FILE), then .env, then the environment, then these
options; later ones win. In the environment a key is TERTULIA_<SECTION>__<KEY>; the most common
ones also have plain names:

  PORT          where to listen (3000)
  HOST          the address to listen on (127.0.0.1)
  DATABASE_URL  where users are kept (sqlite://data/tertulia.db)
  JWT_SECRET    signs the tokens; required without --demo, at least 16 bytes

Exit codes: 0 ended by a signal, 1 could not start (port, database), 2 bad settings.";

/// A realtime messaging server that any Socket.IO client can connect to.
#[derive(Debug, Parser)]
#[command(name = "tertulia", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    #[command(after_help = SETTINGS)]
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// Try it out: makes its own secret and two users, and listens on loopback alone.
    #[arg(long)]
    demo: bool,
    /// Read this file instead of tertulia.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on; 0 lets the system choose.
    #[arg(long)]
    port: Option<String>,
    /// Where users are kept.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
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

/// Runs what the command line of this process asks for.
pub fn run() -> ExitCode {
    let Command::Serve(arguments) = Cli::parse().command;
    match serve(arguments) {
        Ok(Ending::Graceful) => ExitCode::SUCCESS,
        Ok(Ending::AtOnce) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            // If even that cannot be written there is nobody left to tell.
            writeln!(std::io::stderr(), "tertulia: {error}").ok();
            ExitCode::from(error.exit_code())
        }
    }
}

fn serve(arguments: Serve) -> Result<Ending, StartError> {
    let mode = if arguments.demo { Mode::Demo } else { Mode::Production };
    let settings = [
        ("server.host", arguments.host),
        ("server.port", arguments.port),
        ("database.url", arguments.database_url),
        ("server.workers", arguments.workers),
        ("log.format", arguments.log_format),
        ("log.level", arguments.log_level),
    ];
    let given = settings.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let config = Config::load(&Sources::of_process(arguments.config, given))?;
    serve::run(config, mode)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
