//! Where results are kept: a whole run in `bench/results/` and the README, a part of one where it is
//! told.

use std::path::{Path, PathBuf};

use crate::results::Results;
use crate::run::RunError;
use crate::{plot, report};

/// Where the results of a whole run are kept.
const KEPT: &str = "bench/results";

/// Writes JSON, tables and plots to a folder, which may be given relative to the repository.
pub(crate) fn write(results: &Results, folder: &Path) -> Result<(), RunError> {
    let folder = root().join(folder);
    std::fs::create_dir_all(&folder).map_err(|error| RunError::File(folder.clone(), error))?;
    let mut json = serde_json::to_string_pretty(results).expect("plain data can be encoded");
    json.push('\n');
    put(&folder.join("results.json"), &json)?;
    render(results, &folder)
}

/// The same for a whole run, which also goes into the README.
pub(crate) fn keep(results: &Results) -> Result<(), RunError> {
    write(results, Path::new(KEPT))?;
    write_readme(results)
}

/// Writes what is made from the kept results anew.
pub(crate) fn render_kept() -> Result<(), RunError> {
    let file = root().join(KEPT).join("results.json");
    let failed = |error| RunError::File(file.clone(), error);
    let json = std::fs::read_to_string(&file).map_err(failed)?;
    let results = serde_json::from_str(&json).map_err(|error| failed(error.into()))?;
    render(&results, &root().join(KEPT))?;
    write_readme(&results)
}

fn render(results: &Results, folder: &Path) -> Result<(), RunError> {
    put(&folder.join("results.md"), &report::markdown(results))?;
    plot::all(results).into_iter().try_for_each(|(name, svg)| put(&folder.join(name), &svg))
}

fn write_readme(results: &Results) -> Result<(), RunError> {
    let readme = root().join("README.md");
    let text =
        std::fs::read_to_string(&readme).map_err(|error| RunError::File(readme.clone(), error))?;
    match report::into_readme(&text, results) {
        Some(text) => put(&readme, &text),
        None => Err(RunError::NoPlace(readme)),
    }
}

fn put(path: &Path, text: &str) -> Result<(), RunError> {
    std::fs::write(path, text).map_err(|error| RunError::File(path.to_owned(), error))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
