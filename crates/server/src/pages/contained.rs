//! The files of one folder, and nothing else, for [`ServeDir`](tower_http::services::ServeDir).

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use tower_http::services::fs::{Backend, TokioBackend, TokioFile};

type Later<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// A folder. Links inside it are followed as far as they stay inside. It need not exist yet: it is
/// looked for at each request.
#[derive(Debug, Clone)]
pub(super) struct Contained(Arc<Path>);

impl Contained {
    /// This folder.
    pub(super) fn new(folder: &Path) -> Self {
        Self(folder.into())
    }

    /// The file or folder at a path relative to this one. Whatever keeps it from being looked up,
    /// it is not there.
    async fn find(&self, path: PathBuf) -> io::Result<(PathBuf, Metadata)> {
        let folder = Arc::clone(&self.0);
        let found = tokio::task::spawn_blocking(move || find(&folder, &path)).await;
        found.ok().and_then(Result::ok).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Backend for Contained {
    type File = TokioFile;
    type Metadata = Metadata;
    type OpenFuture = Later<TokioFile>;
    type MetadataFuture = Later<Metadata>;

    fn open(&self, path: PathBuf) -> Later<TokioFile> {
        let folder = self.clone();
        Box::pin(async move {
            let (found, metadata) = folder.find(path).await?;
            // Opening a pipe would wait for its other end.
            if !metadata.is_file() {
                return Err(io::ErrorKind::NotFound.into());
            }
            TokioBackend.open(found).await
        })
    }

    fn metadata(&self, path: PathBuf) -> Later<Metadata> {
        let folder = self.clone();
        Box::pin(async move { Ok(folder.find(path).await?.1) })
    }
}

fn find(folder: &Path, path: &Path) -> io::Result<(PathBuf, Metadata)> {
    let folder = folder.canonicalize()?;
    let found = folder.join(path).canonicalize()?;
    if !found.starts_with(&folder) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let metadata = found.metadata()?;
    Ok((found, metadata))
}
