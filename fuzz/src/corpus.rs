//! The inputs that are kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Target;

/// One file of `corpus/<target>/`.
#[derive(Debug)]
pub struct Input {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// The inputs that are kept for a target, in the order of their names.
///
/// # Errors
/// If they cannot be read.
pub fn corpus(target: Target) -> io::Result<Vec<Input>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    paths.into_iter().map(|path| Ok(Input { bytes: fs::read(&path)?, path })).collect()
}
