//! The command line.

mod config;
mod data;
mod healthcheck;
mod migrate;
mod seed;
mod serve;
mod token;
mod user;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Sources};
use crate::serve::Ending;

/// As shells know it: ended by SIGINT.
const INTERRUPTED: u8 = 130;

const SETTINGS: &str = "\
Settings are read from tertulia.toml (or --config FILE), then .env, then the environment, then these
options; later ones win. In the environment a key is TERTULIA_<SECTION>__<KEY>; the most common
ones also have plain names:

  PORT          where to listen (3000)
  HOST          the address to listen on (127.0.0.1)
  DATABASE_URL  where data are kept (sqlite://data/tertulia.db, or postgres://…); DB_HOST, DB_PORT,
                DB_NAME, DB_USERNAME and DB_PASSWORD make one of Postgres too
  JWT_SECRET    signs the tokens; required without --demo, at least 16 bytes
  HOST_API      what the addresses of images begin with (http://<Host>/api)

All keys, with their defaults, are what `tertulia config show` prints.

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
    Serve(serve::Serve),
    /// Bring the schema of the database up to date, and end; every start of the server does it too.
    Migrate(migrate::Migrate),
    /// Add two users and fifty products to try things out with; what is there already stays.
    Seed(seed::SeedArguments),
    /// Manage the users in the database.
    #[command(subcommand)]
    User(user::User),
    /// Make and look at tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Look at the settings.
    #[command(subcommand)]
    Config(config::Command),
    /// Ask the server that runs with these settings whether it is well.
    Healthcheck(healthcheck::Healthcheck),
}

/// Where the settings of a command come from, beside the environment.
#[derive(Debug, Args)]
struct Settings {
    /// Read this file instead of tertulia.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where users, products and so on are kept.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl Settings {
    /// All settings, of which the command line gives `more`.
    fn load<const N: usize>(
        self,
        more: [(&'static str, Option<String>); N],
    ) -> Result<Config, ConfigError> {
        Config::load(&self.sources(more))
    }

    fn sources<const N: usize>(self, more: [(&'static str, Option<String>); N]) -> Sources {
        let given = more.into_iter().chain([("database.url", self.database_url)]);
        let given = given.filter_map(|(key, value)| Some((key, value?))).collect();
        Sources::of_process(self.config, given)
    }
}

/// What a command that failed says, and how the process ends.
struct Failure {
    message: String,
    exit_code: u8,
}

/// Runs what the command line of this process asks for.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Migrate(arguments) => migrate::run(arguments).map(|()| Ending::Graceful),
        Command::Seed(arguments) => seed::run(arguments).map(|()| Ending::Graceful),
        Command::User(command) => user::run(command).map(|()| Ending::Graceful),
        Command::Token(command) => token::run(command).map(|()| Ending::Graceful),
        Command::Config(command) => config::run(command).map(|()| Ending::Graceful),
        Command::Healthcheck(arguments) => healthcheck::run(arguments).map(|()| Ending::Graceful),
    };
    match done {
        Ok(Ending::Graceful) => ExitCode::SUCCESS,
        Ok(Ending::AtOnce) => ExitCode::from(INTERRUPTED),
        Err(Failure { message, exit_code }) => {
            // If even that cannot be written there is nobody left to tell.
            writeln!(std::io::stderr(), "tertulia: {message}").ok();
            ExitCode::from(exit_code)
        }
    }
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
