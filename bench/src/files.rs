//! Where results are kept: a whole run in `bench/results/` and the README, a part of one where it is
//! told.

use std::path::{Path, PathBuf};

use crate::results::Results;
use crate::run::RunError;
use crate::{plot, report};

/// Where the results of a whole run are kept.
const KEPT: &str = "bench/results";

/// What a kind of run writes.
pub(crate) struct Papers {
    /// The file with the figures.
    pub(crate) json: &'static str,
    /// Tables and plots, by the names of their files.
    pub(crate) render: fn(&Results) -> Vec<(&'static str, String)>,
    /// The README with the newest table in it, or `None` if it has no place for one.
    pub(crate) into_readme: fn(&str, &Results) -> Option<String>,
}

/// Of the realtime half.
pub(crate) const REALTIME: Papers = Papers {
    json: "results.json",
    render: |results| {
        let mut files = plot::all(results);
        files.push(("results.md", report::markdown(results)));
        files
    },
    into_readme: report::into_readme,
};

impl Papers {
    /// Writes figures, tables and plots to a folder, which may be given relative to the repository.
    pub(crate) fn write(&self, results: &Results, folder: &Path) -> Result<(), RunError> {
        let folder = root().join(folder);
        std::fs::create_dir_all(&folder).map_err(|error| RunError::File(folder.clone(), error))?;
        let mut json = serde_json::to_string_pretty(results).expect("plain data can be encoded");
        json.push('\n');
        put(&folder.join(self.json), &json)?;
        self.write_rendered(results, &folder)
    }

    /// The same for a whole run, which also goes into the README.
    pub(crate) fn keep(&self, results: &Results) -> Result<(), RunError> {
        self.write(results, Path::new(KEPT))?;
        self.write_readme(results)
    }

    /// Writes what is made from the kept results anew.
    pub(crate) fn render_kept(&self) -> Result<(), RunError> {
        let file = root().join(KEPT).join(self.json);
        let failed = |error| RunError::File(file.clone(), error);
        let json = std::fs::read_to_string(&file).map_err(failed)?;
        let results = serde_json::from_str(&json).map_err(|error| failed(error.into()))?;
        self.write_rendered(&results, &root().join(KEPT))?;
        self.write_readme(&results)
    }

    fn write_rendered(&self, results: &Results, folder: &Path) -> Result<(), RunError> {
        let files = (self.render)(results);
        files.into_iter().try_for_each(|(name, text)| put(&folder.join(name), &text))
    }

    fn write_readme(&self, results: &Results) -> Result<(), RunError> {
        let readme = root().join("README.md");
        let text = std::fs::read_to_string(&readme)
            .map_err(|error| RunError::File(readme.clone(), error))?;
        match (self.into_readme)(&text, results) {
            Some(text) => put(&readme, &text),
            None => Err(RunError::NoPlace(readme)),
        }
    }
}

fn put(path: &Path, text: &str) -> Result<(), RunError> {
    std::fs::write(path, text).map_err(|error| RunError::File(path.to_owned(), error))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
