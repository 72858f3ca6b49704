//! What is in the folder, and what is not, whatever happens.

use std::fs::File;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;
use crate::clock::testing::ManualClock;
use crate::files::testing::{gif, png};

const NOW: u64 = 1_700_000_000;
const MINUTE: Duration = Duration::from_mins(1);

async fn open(folder: &Path) -> Result<ImageStore, UnusableFolder> {
    ImageStore::open(folder, MINUTE, ManualClock::at_secs(NOW).sources()).await
}

async fn store() -> (TempDir, ImageStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    (folder, store)
}

fn name(text: &str) -> ImageName {
    ImageName::parse(text).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_draft_becomes_an_image_under_its_own_name() {
    let (folder, store) = store().await;
    let mut draft = store.draft(store.place().unwrap()).await.unwrap();
    for bytes in png().chunks(7) {
        draft.write(bytes).await.unwrap();
    }
    assert!(files(folder.path())[0].starts_with(DRAFT));
    let kept = draft.keep().await.unwrap().unwrap();
    assert!(kept.is_generated() && kept.kind() == ImageKind::Png);
    assert_eq!(files(folder.path()), [kept.as_str()]);
    let path = store.find(&kept).await.unwrap().unwrap();
    assert_eq!(fs::read(path).unwrap(), png());
}

#[tokio::test]
async fn a_draft_that_is_dropped_or_is_no_image_leaves_nothing() {
    let (folder, store) = store().await;
    let mut draft = store.draft(store.place().unwrap()).await.unwrap();
    draft.write(&png()).await.unwrap();
    drop(draft);
    assert!(files(folder.path()).is_empty());
    let mut draft = store.draft(store.place().unwrap()).await.unwrap();
    draft.write(b"<html>").await.unwrap();
    assert_eq!(draft.keep().await.unwrap(), None);
    assert!(files(folder.path()).is_empty());
    assert_eq!(store.places.available_permits(), PLACES);
}

#[tokio::test]
async fn there_are_as_many_drafts_as_places() {
    let (_folder, store) = store().await;
    let mut drafts = Vec::new();
    while let Some(place) = store.place() {
        drafts.push(store.draft(place).await.unwrap());
    }
    assert_eq!(drafts.len(), PLACES);
    drafts.pop();
    assert!(store.place().is_some());
}

#[tokio::test]
async fn what_is_put_is_written_once() {
    let (folder, store) = store().await;
    let name = name("8529107-00-A_0_2000.jpg");
    assert_eq!(store.put(&name, &png()).await.unwrap(), Put::Written);
    assert_eq!(store.put(&name, &gif()).await.unwrap(), Put::Existed);
    assert_eq!(fs::read(folder.path().join(name.as_str())).unwrap(), png());
    assert_eq!(files(folder.path()), [name.as_str()]);
}

#[tokio::test]
async fn of_those_who_put_the_same_name_one_writes() {
    let (folder, store) = store().await;
    let name = name("a.png");
    let image = png();
    let puts = (0..40).map(|_| store.put(&name, &image));
    let puts = futures_util::future::try_join_all(puts).await.unwrap();
    assert_eq!(puts.iter().filter(|put| **put == Put::Written).count(), 1);
    assert_eq!(files(folder.path()), ["a.png"]);
}

#[tokio::test]
async fn nothing_but_a_file_of_the_folder_is_found() {
    let (folder, store) = store().await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    symlink(secret.path(), folder.path().join("link.png")).unwrap();
    symlink("nowhere", folder.path().join("broken.png")).unwrap();
    fs::create_dir(folder.path().join("folder.png")).unwrap();
    for text in ["link.png", "broken.png", "folder.png", "absent.png"] {
        assert_eq!(store.find(&name(text)).await.unwrap(), None, "{text}");
    }
    let taken = store.put(&name("broken.png"), &png()).await.unwrap();
    assert_eq!((taken, Path::new("nowhere").exists()), (Put::Existed, false));
}

#[tokio::test]
async fn a_start_removes_what_a_killed_server_left_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let id = "0190a5b0-7b1f-4c7e-8a52-2f4d1f3a9c11";
    let stays = [".upload-notes", ".upload-0190a5b0-7b1f-4c7e-8a52-2f4d1f3a9c12", "old.png"];
    let old = UNIX_EPOCH + Duration::from_secs(NOW) - MINUTE - Duration::from_secs(1);
    for (file, written) in [
        (format!(".upload-{id}").as_str(), old),
        (stays[0], old),
        (stays[1], old + Duration::from_secs(2)),
        (stays[2], old),
    ] {
        File::create(folder.path().join(file)).unwrap().set_modified(written).unwrap();
    }
    open(folder.path()).await.unwrap();
    let mut expected = stays.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(files(folder.path()), expected);
}

#[tokio::test]
async fn a_folder_is_created_and_one_that_cannot_be_used_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b/c");
    open(&deep).await.unwrap();
    open(&deep).await.unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for unusable in [file.clone(), file.join("below")] {
        let line = open(&unusable).await.unwrap_err().to_string();
        let begin = format!("the folder of images {} cannot be used: ", unusable.display());
        assert!(line.starts_with(&begin) && !line.contains('\n'), "{line}");
    }
}
