//! From the body of a request to an image in the store.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderMap, StatusCode, header};
use multer::{Constraints, Multipart, SizeLimit};
use tokio::time::{Instant, timeout_at};

use super::store::Draft;
use super::{ImageName, ImageStore, not_written};
use crate::config;
use crate::http::ApiError;

/// The part of a body that holds the image.
const FIELD: &str = "file";

/// Bytes of a body beside those of the image: boundaries, headers of parts, other fields. No more
/// than that, and one chunk, is held in memory.
const BESIDE_THE_FILE: usize = 64 * 1_024;

/// Takes in uploads. At most one image for each request; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    store: ImageStore,
    max_bytes: u64,
    timeout: Duration,
}

/// Why there is no new image.
#[derive(Debug, thiserror::Error)]
pub(super) enum UploadError {
    #[error("too many uploads at once")]
    Busy,
    #[error("no file, or one that is no image")]
    NotAnImage,
    #[error("the file, or what is beside it, is too large")]
    TooLarge,
    #[error("a file beside the first one")]
    UnexpectedFile,
    #[error("the body took too long")]
    TooSlow,
    #[error("the body ended early")]
    EndedEarly,
    #[error("the body is not valid: {0}")]
    Malformed(multer::Error),
    #[error("the image could not be stored: {0}")]
    Storage(#[from] io::Error),
}

/// There is too much beside the file.
#[derive(Debug, thiserror::Error)]
#[error("more than {BESIDE_THE_FILE} bytes beside the file")]
struct Overflow;

impl Uploads {
    pub(crate) fn new(store: ImageStore, settings: &config::Files) -> Self {
        let timeout = settings.upload_timeout.get();
        Self { store, max_bytes: settings.max_bytes, timeout }
    }

    /// Stores the image that a body holds. Whatever goes wrong, no file remains of it. If the
    /// future is dropped while the whole image is being given its name, the image may stay.
    pub(super) async fn receive(
        &self,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<ImageName, UploadError> {
        let place = self.store.place().ok_or(UploadError::Busy)?;
        let deadline = Instant::now() + self.timeout;
        let mut body = body.into_data_stream();
        let stored = async {
            let boundary = boundary(headers).ok_or(UploadError::NotAnImage)?;
            let draft = self.store.draft(place).await?;
            let draft = self.read(boundary, &mut body, draft).await?;
            draft.keep().await?.ok_or(UploadError::NotAnImage)
        };
        let stored = timeout_at(deadline, stored).await.unwrap_or(Err(UploadError::TooSlow));
        if stored.is_err() {
            self.discard(&mut body, deadline).await;
        }
        stored
    }

    /// Reads the whole body, and writes the file in it to the draft.
    async fn read(
        &self,
        boundary: String,
        body: &mut BodyDataStream,
        mut draft: Draft,
    ) -> Result<Draft, UploadError> {
        let held = AtomicUsize::new(0);
        let limits = Constraints::new().size_limit(SizeLimit::new().per_field(self.max_bytes));
        let mut parts = Multipart::with_constraints(metered(body, &held), boundary, limits);
        let mut complete = false;
        while let Some(mut part) = parts.next_field().await? {
            let is_file = part.name() == Some(FIELD);
            match (is_file || part.file_name().is_some(), complete) {
                (true, true) => return Err(UploadError::UnexpectedFile),
                (true, false) if !is_file => return Err(UploadError::NotAnImage),
                // Other fields are read over, as the original does.
                (false, _) => continue,
                (true, false) => {}
            }
            while let Some(bytes) = part.chunk().await? {
                held.fetch_sub(bytes.len(), Ordering::Relaxed);
                draft.write(&bytes).await?;
            }
            complete = true;
        }
        if complete { Ok(draft) } else { Err(UploadError::NotAnImage) }
    }

    /// Reads the rest of a refused body over, within bounds: a client that is still sending when
    /// the connection ends would not see the answer.
    async fn discard(&self, body: &mut BodyDataStream, deadline: Instant) {
        let mut rest = self.max_bytes;
        while let Ok(Some(Ok(bytes))) = timeout_at(deadline, body.next()).await {
            rest = rest.saturating_sub(bytes.len() as u64);
            if rest == 0 {
                return;
            }
        }
    }
}

/// The body for the parser, which by itself would take in whatever is ready before it hands
/// anything out. Here it gets one chunk at a time, and none once it has kept too much of those
/// before. `held` is reduced by whoever takes bytes out.
fn metered<'a>(
    body: &'a mut BodyDataStream,
    held: &'a AtomicUsize,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'a {
    let mut pause = false;
    let mut newest = 0;
    stream::poll_fn(move |context| {
        if std::mem::take(&mut pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if held.load(Ordering::Relaxed) > BESIDE_THE_FILE + newest {
            return Poll::Ready(Some(Err(Overflow.into())));
        }
        let chunk = ready!(body.poll_next_unpin(context));
        if let Some(Ok(bytes)) = &chunk {
            newest = bytes.len();
            held.fetch_add(newest, Ordering::Relaxed);
            pause = true;
        }
        Poll::Ready(chunk.map(|chunk| chunk.map_err(Into::into)))
    })
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(content_type).ok()
}

impl From<multer::Error> for UploadError {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::FieldSizeExceeded { .. } => Self::TooLarge,
            multer::Error::StreamReadFailed(cause) if cause.is::<Overflow>() => Self::TooLarge,
            multer::Error::StreamReadFailed(_) => Self::EndedEarly,
            other => Self::Malformed(other),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Busy => Self::unavailable(),
            UploadError::NotAnImage => Self::bad_request("Make sure that the file is an image"),
            UploadError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "File too large"),
            UploadError::UnexpectedFile => Self::bad_request("Unexpected field"),
            UploadError::TooSlow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "The body took too long")
            }
            UploadError::EndedEarly => Self::bad_request("The body ended early"),
            UploadError::Malformed(_) => {
                Self::bad_request("The body is not valid multipart/form-data")
            }
            UploadError::Storage(cause) => not_written(&cause),
        }
    }
}

#[cfg(test)]
mod tests;
