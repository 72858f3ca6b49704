//! Where results are kept: a whole run in `bench/results/` and the README, a part of one in
//! `target/bench/`.

use std::path::{Path, PathBuf};

use crate::plot;
use crate::results::Results;
use crate::run::RunError;

/// Writes JSON, tables and plots.
pub(crate) fn write(results: &Results, markdown: &str, whole: bool) -> Result<(), RunError> {
    let root = root();
    let folder = if whole { root.join("bench/results") } else { root.join("target/bench") };
    std::fs::create_dir_all(&folder).map_err(|error| RunError::File(folder.clone(), error))?;
    let mut json = serde_json::to_string_pretty(results).expect("plain data can be encoded");
    json.push('\n');
    put(&folder.join("results.json"), &json)?;
    put(&folder.join("results.md"), markdown)?;
    for (name, svg) in plot::all(results) {
        put(&folder.join(name), &svg)?;
    }
    if whole {
        let readme = root.join("README.md");
        let text = std::fs::read_to_string(&readme)
            .map_err(|error| RunError::File(readme.clone(), error))?;
        if let Some(text) = crate::report::into_readme(&text, results) {
            put(&readme, &text)?;
        }
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> Result<(), RunError> {
    std::fs::write(path, text).map_err(|error| RunError::File(path.to_owned(), error))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
