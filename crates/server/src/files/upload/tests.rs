//! Bodies that end, and bodies that do not.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::response::IntoResponse as _;
use tempfile::TempDir;

use super::*;
use crate::clock::Sources;
use crate::files::testing::png;

const HEAD: &[u8] =
    b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
const MAX_BYTES: u64 = 100_000;
const TIMEOUT: Duration = Duration::from_secs(10);

struct House {
    folder: TempDir,
    uploads: Uploads,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = ImageStore::open(folder.path(), TIMEOUT, Sources::system()).await.unwrap();
        Self { folder, uploads: Uploads { store, max_bytes: MAX_BYTES, timeout: TIMEOUT } }
    }

    async fn receive(&self, body: Body) -> Result<ImageName, UploadError> {
        let mut headers = HeaderMap::new();
        let content_type = "multipart/form-data; boundary=b".parse().unwrap();
        headers.insert(header::CONTENT_TYPE, content_type);
        self.uploads.receive(&headers, body).await
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().next().is_none()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a body is a stream of")]
fn chunk(bytes: impl Into<Bytes>) -> io::Result<Bytes> {
    Ok(bytes.into())
}

/// The same chunk for ever, and the bytes that were taken.
fn endless(bytes: Vec<u8>) -> (impl Stream<Item = io::Result<Bytes>>, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let chunks = stream::repeat_with(move || {
        counted.fetch_add(bytes.len(), Ordering::Relaxed);
        chunk(bytes.clone())
    });
    (chunks, taken)
}

#[tokio::test]
async fn an_endless_file_is_cut_off_at_the_bound() {
    let house = House::new().await;
    let (chunks, taken) = endless(vec![b'x'; 1_000]);
    let body = stream::iter([chunk(HEAD)]).chain(chunks);
    let error = house.receive(Body::from_stream(body)).await.unwrap_err();
    assert!(matches!(error, UploadError::TooLarge) && house.is_empty());
    // As much again is read over, so that the client sees the answer.
    assert!((200_000..203_000).contains(&taken.load(Ordering::Relaxed)));
}

#[tokio::test]
async fn nothing_beside_the_file_is_endless_either() {
    let text = b"--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n".as_slice();
    let header = b"--b\r\nx-a: ".as_slice();
    for begin in [b"".as_slice(), b"--b ", header, text] {
        let house = House::new().await;
        let (chunks, taken) = endless(vec![b'x'; 1_000]);
        let body = stream::iter([chunk(begin)]).chain(chunks);
        let error = house.receive(Body::from_stream(body)).await.unwrap_err();
        assert!(house.is_empty());
        let is_refused = matches!(error, UploadError::TooLarge | UploadError::Malformed(_));
        assert!(is_refused, "{error}");
        let most = BESIDE_THE_FILE + usize::try_from(MAX_BYTES).unwrap() + 3_000;
        assert!(taken.load(Ordering::Relaxed) < most);
    }
}

#[tokio::test]
async fn many_empty_parts_are_too_much_as_well() {
    let house = House::new().await;
    let part = b"\r\n--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n".repeat(20);
    let (chunks, _) = endless(part);
    let error = house.receive(Body::from_stream(chunks)).await.unwrap_err();
    assert!(matches!(error, UploadError::TooLarge), "{error}");
}

/// The clock is virtual, and jumps to the next deadline when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_given_up_at_the_deadline() {
    for begin in [b"".as_slice(), HEAD, &[HEAD, b"\x89PNG"].concat()] {
        let house = House::new().await;
        let started = Instant::now();
        let body = stream::iter([chunk(begin.to_vec())]).chain(stream::pending());
        let error = house.receive(Body::from_stream(body)).await.unwrap_err();
        assert!(matches!(error, UploadError::TooSlow) && house.is_empty());
        assert_eq!(started.elapsed(), TIMEOUT);
    }
}

/// A byte in each second is not progress enough.
#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_given_up_at_the_same_deadline() {
    let house = House::new().await;
    let started = Instant::now();
    let trickle = stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((chunk("x"), ()))
    });
    let body = stream::iter([chunk(HEAD)]).chain(trickle);
    let error = house.receive(Body::from_stream(body)).await.unwrap_err();
    assert!(matches!(error, UploadError::TooSlow) && house.is_empty());
    assert_eq!(started.elapsed(), TIMEOUT);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let house = House::new().await;
    let stalled = Arc::new(AtomicBool::new(false));
    let reached = Arc::clone(&stalled);
    // Asking for more means that all before it was written.
    let wait = stream::poll_fn(move |_| {
        reached.store(true, Ordering::Relaxed);
        Poll::Pending::<Option<io::Result<Bytes>>>
    });
    let body = stream::iter([chunk(HEAD), chunk(png())]).chain(wait);
    let mut upload = Box::pin(house.receive(Body::from_stream(body)));
    while !stalled.load(Ordering::Relaxed) {
        assert!(futures_util::poll!(upload.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    assert!(!house.is_empty());
    drop(upload);
    assert!(house.is_empty());
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let house = House::new().await;
    let pieces = [chunk(HEAD), chunk(png()), Err(io::Error::other("gone"))];
    let error = house.receive(Body::from_stream(stream::iter(pieces))).await.unwrap_err();
    assert!(matches!(error, UploadError::EndedEarly) && house.is_empty());
    let cut = Body::from([HEAD, &png()].concat());
    let error = house.receive(cut).await.unwrap_err();
    assert!(matches!(error, UploadError::Malformed(_)) && house.is_empty());
}

#[tokio::test]
async fn a_large_chunk_and_small_ones_are_the_same() {
    let house = House::new().await;
    let whole = [HEAD, &png(), b"\r\n--b--\r\n"].concat();
    for size in [1, 2, 50, whole.len()] {
        let chunks: Vec<_> = whole.chunks(size).map(|bytes| chunk(bytes.to_vec())).collect();
        let name = house.receive(Body::from_stream(stream::iter(chunks))).await.unwrap();
        assert_eq!(std::fs::read(house.folder.path().join(name.as_str())).unwrap(), png());
    }
}

#[tokio::test]
async fn past_the_places_the_answer_is_busy_at_once() {
    let house = House::new().await;
    let places: Vec<_> = std::iter::from_fn(|| house.uploads.store.place()).collect();
    let never = Body::from_stream(stream::pending::<io::Result<Bytes>>());
    let error = house.receive(never).await.unwrap_err();
    let answer = ApiError::from(error).into_response();
    assert_eq!((answer.status().as_u16(), places.len()), (503, 16));
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
}

#[test]
fn a_full_disk_may_be_emptied_and_other_faults_are_ours() {
    let status = |kind| {
        let error = UploadError::Storage(io::Error::new(kind, "/secret/path"));
        ApiError::from(error).into_response().status().as_u16()
    };
    assert_eq!(status(io::ErrorKind::StorageFull), 503);
    assert_eq!(status(io::ErrorKind::QuotaExceeded), 503);
    assert_eq!(status(io::ErrorKind::PermissionDenied), 500);
}
