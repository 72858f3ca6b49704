//! The owner's own files, from a folder.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend as _, DefaultServeDirFallback};

use super::contained::Contained;
use super::path::FilePath;
use super::range;
use crate::http::ApiError;

/// A folder of files, which may appear, change and go while the server runs. Beside a file `x` there
/// may be `x.br` and `x.gz`, the same compressed. Files are sent piece by piece.
#[derive(Debug, Clone)]
pub struct PublicFolder {
    folder: Contained,
    files: ServeDir<DefaultServeDirFallback, Contained>,
}

impl PublicFolder {
    /// The files of this folder, relative to the working directory.
    pub fn new(folder: &Path) -> Self {
        let folder = Contained::new(folder);
        let files = ServeDir::with_backend("", folder.clone());
        Self { folder, files: files.precompressed_br().precompressed_gzip() }
    }

    /// The file at a path, which is that of the request; a folder's is its `index.html`.
    pub(super) async fn get(&self, path: &FilePath, request: &Parts) -> Option<Response> {
        // One look is what a request costs that is not for a file of this folder.
        self.folder.metadata(path.as_str().into()).await.ok()?;
        let wants_part = range::asked(request).is_some();
        let answer = self.ask(request, wants_part).await?;
        if wants_part && !range::is_wanted_of(answer.headers(), &request.headers) {
            return self.ask(request, false).await;
        }
        Some(answer)
    }

    /// A HEAD is answered as a GET, so that both have the same headers; its body is not sent.
    async fn ask(&self, request: &Parts, part: bool) -> Option<Response> {
        let mut asked = Request::new(());
        asked.uri_mut().clone_from(&request.uri);
        asked.headers_mut().clone_from(&request.headers);
        // Parts are parts of the file itself.
        asked.headers_mut().remove(if part { header::ACCEPT_ENCODING } else { header::RANGE });
        match self.files.clone().try_call(asked).await {
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND => None,
            Ok(answer) => Some(finish(answer.map(Body::new))),
            Err(error) if is_absence(&error) => None,
            Err(error) => Some(ApiError::internal(&error).into_response()),
        }
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

/// Adds what every file of the folder is sent with. Its pages are the owner's: they are under no
/// policy of ours, and may frame each other.
fn finish(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = text.filter(|text| text.starts_with("text/"));
    if let Some(Ok(text)) = text.map(|text| HeaderValue::try_from(format!("{text}; charset=utf-8")))
    {
        headers.insert(header::CONTENT_TYPE, text);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-encoding"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
