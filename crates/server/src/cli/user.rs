//! `tertulia user`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Failure, Settings};
use crate::app;
use crate::clock::Sources;
use crate::config::{Config, ConfigError};
use crate::database::{self, Database, OpenError};
use crate::users::{Import, ImportError, ImportReport, Progress, StorageError};

/// Users between two signs of life.
const PROGRESS_EVERY: u64 = 10_000;

const IMPORT: &str = "\
The file holds one JSON object on each line:

  {\"email\": \"ada@example.com\", \"fullName\": \"Ada\", \"password\": \"$2b$10$...\",
   \"id\": \"<uuid>\", \"roles\": [\"user\"], \"isActive\": true}

The password is a ready hash, of bcrypt or argon2. The last three may be left out: a new id is
drawn, the role is user, the user is active. A user whose email is known already is left as it is,
so that the same file can be imported again. A line that is wrong is named, and then nothing of the
file is imported. Within a file each email stands once, and there are at most a million users.

Exit codes: 0 imported, 1 could not be, 2 bad settings.";

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Import users, with the hashes of their passwords, from a file.
    #[command(after_help = IMPORT)]
    Import(ImportArguments),
}

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The file; - is the standard input.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

/// Why a command about users failed.
#[derive(Debug, thiserror::Error)]
enum UserError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}: {1}")]
    File(PathBuf, ImportError),
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

pub(super) fn run(command: User) -> Result<(), Failure> {
    let done = match command {
        User::Import(arguments) => import(arguments),
    };
    done.map_err(|error| Failure {
        exit_code: if matches!(error, UserError::Config(_)) { 2 } else { 1 },
        message: error.to_string(),
    })
}

fn import(ImportArguments { file, settings }: ImportArguments) -> Result<(), UserError> {
    let config = settings.load([])?;
    if database::is_in_memory(&config.database.url) {
        let line = "database.url is a database in memory, which ends with the import; \
            allowed: sqlite://<path> or postgres://…";
        return Err(ConfigError::new(line).into());
    }
    let ImportReport { added, known } = import_into(&config, &file)?;
    let report = format!("imported {added} users; {known} were there already");
    writeln!(io::stdout(), "{report}").map_err(|error| UserError::Output(report, error))
}

fn import_into(config: &Config, file: &Path) -> Result<ImportReport, UserError> {
    let at = |error| match error {
        ImportError::Storage(error) => UserError::Storage(error),
        error => UserError::File(file.to_owned(), error),
    };
    let mut line = ProgressLine::default();
    let lines = open(file).map_err(|error| at(error.into()))?;
    let import = Import::read(lines, &Sources::system(), |now| line.show(now)).map_err(at)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(UserError::Process)?.block_on(async {
        let database = Database::open(&config.database).await?;
        let users = app::users(&database, &config.database);
        let imported = import.add_to(&*users, |now| line.show(now)).await;
        database.close().await;
        imported.map_err(at)
    })
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(file)?)))
}

/// A line on a terminal that is written anew as the import goes on, and ended with it.
#[derive(Default)]
struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    fn show(&mut self, now: Progress) {
        let mut out = io::stderr();
        if now.users().is_multiple_of(PROGRESS_EVERY) && out.is_terminal() {
            self.shown = true;
            // Whoever cannot see it misses nothing else.
            write!(out, "\r{now}").and_then(|()| out.flush()).ok();
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.shown {
            writeln!(io::stderr()).ok();
        }
    }
}
