//! The folder of images.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{ImageKind, ImageName};
use crate::clock::Sources;

/// Files that are written at once; past it uploads are answered 503.
const PLACES: usize = 16;

/// What the names of files begin with that are not yet images. The rest is an id.
const DRAFT: &str = ".upload-";

/// Images, kept as files in one folder. A file gets its name when it is whole and on the disk, and
/// no file is ever overwritten. At most 16 are written at once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImageStore {
    folder: Arc<Path>,
    places: Arc<Semaphore>,
    sources: Sources,
}

/// The folder of images cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the folder of images {} cannot be used: {cause}", folder.display())]
pub struct UnusableFolder {
    folder: PathBuf,
    cause: io::Error,
}

/// What became of a file that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Written,
    /// The name was taken already, and what it stood for was left as it is.
    Existed,
}

/// The right to write one file.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// A file that is being written. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    unnamed: Unnamed,
}

/// A file that has only a temporary name, and is removed when dropped. It has the place with it, also
/// on threads, so that those who hang up cannot keep more threads busy than there are places.
#[derive(Debug)]
struct Unnamed {
    id: Uuid,
    path: TempPath,
    folder: Arc<Path>,
    _place: Place,
}

impl ImageStore {
    /// Opens the folder, which is created if there is none, makes sure that it can be written to,
    /// and removes what a server that was killed left in it: files that nobody has written to for
    /// `abandoned`, which therefore is more than an upload may take.
    pub async fn open(
        folder: &Path,
        abandoned: Duration,
        sources: Sources,
    ) -> Result<Self, UnusableFolder> {
        let unusable = |cause| UnusableFolder { folder: folder.to_owned(), cause };
        let places = Arc::new(Semaphore::new(PLACES));
        let absolute = std::path::absolute(folder).map_err(unusable)?;
        let store = Self { folder: absolute.into(), places, sources };
        store.prepare(abandoned).await.map_err(unusable)?;
        Ok(store)
    }

    async fn prepare(&self, abandoned: Duration) -> io::Result<()> {
        let folder = Arc::clone(&self.folder);
        let abandoned = u64::try_from(abandoned.as_millis()).unwrap_or(u64::MAX);
        let before_millis = self.sources.now_millis().saturating_sub(abandoned);
        on_a_thread(move || {
            fs::create_dir_all(&folder)?;
            remove_drafts(&folder, before_millis)
        })
        .await?;
        let place = self.wait_for_place().await?;
        self.draft(place).await.map(drop)
    }

    /// A place to write a file, or `None` if all are taken.
    pub(super) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    async fn wait_for_place(&self) -> io::Result<Place> {
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        Ok(Place { _permit: permit })
    }

    /// Begins a file.
    pub(super) async fn draft(&self, place: Place) -> io::Result<Draft> {
        let (id, folder) = (self.sources.random_id(), Arc::clone(&self.folder));
        // Whoever waits for it may have gone when the file is there; then it is dropped here.
        let (file, unnamed) = on_a_thread(move || Unnamed::create(id, folder, place)).await?;
        Ok(Draft { file: File::from_std(file), unnamed })
    }

    /// Writes a file under a name, unless there is one already. It is whole or not there at all.
    /// The content is not looked at.
    pub async fn put(&self, name: &ImageName, bytes: &[u8]) -> io::Result<Put> {
        let place = self.wait_for_place().await?;
        let (id, folder) = (self.sources.random_id(), Arc::clone(&self.folder));
        let (name, bytes) = (name.clone(), bytes.to_vec());
        on_a_thread(move || {
            let (mut file, unnamed) = Unnamed::create(id, folder, place)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            match unnamed.publish(&name) {
                Ok(()) => Ok(Put::Written),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Existed),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// The path of an image, if there is one of this name. Links are not followed, and nothing but
    /// a file is one.
    pub(super) async fn find(&self, name: &ImageName) -> io::Result<Option<PathBuf>> {
        let path = self.folder.join(name.as_str());
        match tokio::fs::symlink_metadata(&path).await {
            Ok(metadata) => Ok(metadata.is_file().then_some(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Draft {
    /// Appends bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Keeps the file under a name of its own, once it is on the disk; or removes it and says
    /// `None` if its content is no image.
    pub(super) async fn keep(mut self) -> io::Result<Option<ImageName>> {
        self.file.flush().await?;
        let mut file = self.file.into_std().await;
        let unnamed = self.unnamed;
        on_a_thread(move || {
            let Some(kind) = ImageKind::of_content(&mut file)? else { return Ok(None) };
            file.sync_all()?;
            let name = ImageName::generated(unnamed.id, kind);
            unnamed.publish(&name)?;
            Ok(Some(name))
        })
        .await
    }
}

impl Unnamed {
    /// Creates an empty file. Blocks.
    fn create(id: Uuid, folder: Arc<Path>, place: Place) -> io::Result<(fs::File, Self)> {
        let path = folder.join(format!("{DRAFT}{}", id.hyphenated()));
        let file = fs::File::options().read(true).write(true).create_new(true).open(&path)?;
        let path = TempPath::try_from_path(path)?;
        Ok((file, Self { id, path, folder, _place: place }))
    }

    /// Gives the file its name, for good. Blocks.
    fn publish(self, name: &ImageName) -> io::Result<()> {
        self.path
            .persist_noclobber(self.folder.join(name.as_str()))
            .map_err(|refused| refused.error)?;
        // The name is an entry of the folder, which is written to the disk for itself.
        fs::File::open(&self.folder)?.sync_all()
    }
}

/// Removes drafts that were last written to before a time. Blocks.
fn remove_drafts(folder: &Path, before_millis: u64) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !is_draft(&entry.file_name()) || !was_written_before(&entry, before_millis) {
            continue;
        }
        match fs::remove_file(entry.path()) {
            Ok(()) => tracing::info!("an upload that was left behind was removed"),
            Err(error) => tracing::warn!(%error, "an upload that was left behind stays"),
        }
    }
    Ok(())
}

/// Whether the last write is that long ago. Of a file that has just gone it was not.
fn was_written_before(entry: &fs::DirEntry, before_millis: u64) -> bool {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|time| {
        time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() < u128::from(before_millis)
    })
}

fn is_draft(name: &OsStr) -> bool {
    let id = name.to_str().and_then(|name| name.strip_prefix(DRAFT));
    id.is_some_and(|id| id.parse::<Uuid>().is_ok())
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests;
