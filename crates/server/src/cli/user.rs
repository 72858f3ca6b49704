//! `tertulia user`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Failure, Settings};
use crate::clock::Sources;
use crate::config::ConfigError;
use crate::sqlite::{self, OpenError};
use crate::users::{Import, ImportError, ImportReport, SqliteUsers};

/// Users between two signs of life.
const PROGRESS_EVERY: u64 = 10_000;

const IMPORT: &str = "\
The file holds one JSON object on each line:

  {\"email\": \"ada@example.com\", \"fullName\": \"Ada\", \"password\": \"$2b$10$...\",
   \"id\": \"<uuid>\", \"roles\": [\"user\"], \"isActive\": true}

The password is a ready hash, of bcrypt or argon2. The last three may be left out: a new id is
drawn, the role is user, the user is active. A user whose email is known already is left as it is,
so that the same file can be imported again. A line that is wrong is named, and then nothing of the
file is imported.

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
    #[error("the process cannot start: {0}")]
    Process(#[from] io::Error),
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
    let at = |error| UserError::File(file.clone(), error);
    let lines = open(&file).map_err(|error| at(error.into()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let pool = sqlite::open(&config.database).await?;
        let users = SqliteUsers::new(pool.clone());
        let imported = Import::new(&users, &Sources::system()).run(lines, show_progress).await;
        pool.close().await;
        imported.map_err(at)
    })?;
    let ImportReport { added, known } = report;
    writeln!(io::stdout(), "imported {added} users; {known} were there already")?;
    Ok(())
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(file)?)))
}

/// For whoever watches.
fn show_progress(read: u64) {
    let mut out = io::stderr();
    if read.is_multiple_of(PROGRESS_EVERY) && out.is_terminal() {
        write!(out, "\r{read} users read").and_then(|()| out.flush()).ok();
    }
}
