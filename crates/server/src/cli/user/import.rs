//! `tertulia user import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Settings;
use crate::cli::data::{DataError, load, with_users};
use crate::clock::Sources;
use crate::users::{Import, ImportError, ImportReport, Progress};

/// Users between two signs of life.
const PROGRESS_EVERY: u64 = 10_000;

pub(super) const HELP: &str = "\
The file holds one JSON object on each line:

  {\"email\": \"ada@example.com\", \"fullName\": \"Ada\", \"password\": \"$2b$10$...\",
   \"id\": \"<uuid>\", \"roles\": [\"user\"], \"isActive\": true}

The password is a ready hash, of bcrypt or argon2. The last three may be left out: a new id is
drawn, the role is user, the user is active. A user whose email is known already is left as it is,
so that the same file can be imported again. A line that is wrong is named, and then nothing of the
file is imported. Within a file each email stands once, and there are at most a million users.

Exit codes: 0 imported, 1 could not be, 2 bad settings.";

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArguments {
    /// The file; - is the standard input.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(arguments: ImportArguments) -> Result<String, DataError> {
    let ImportArguments { file, settings } = arguments;
    let config = load(settings)?;
    let at = |error| match error {
        ImportError::Storage(error) => DataError::Storage(error),
        error => DataError::File(file.clone(), error),
    };
    let mut line = ProgressLine::default();
    let lines = open(&file).map_err(|error| at(error.into()))?;
    let import = Import::read(lines, &Sources::system(), |now| line.show(now)).map_err(at)?;
    let ImportReport { added, known } = with_users(&config, async |users| {
        import.add_to(&*users, |now| line.show(now)).await.map_err(at)
    })?;
    Ok(format!("imported {added} users; {known} were there already"))
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
