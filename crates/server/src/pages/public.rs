//! The owner's own files, from a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;

use crate::http::ApiError;

/// A folder of files, which may appear, change and go while the server runs. They are streamed.
#[derive(Debug, Clone)]
pub struct PublicFolder {
    folder: Arc<Path>,
    files: ServeDir,
}

impl PublicFolder {
    /// The files of this folder, relative to the working directory.
    pub fn new(folder: &Path) -> Self {
        let files = ServeDir::new(folder).ignore_multi_range_requests(true);
        Self { folder: folder.into(), files }
    }

    /// The file at the path of a request, in whole, in part, or that the client has it already; a
    /// folder's is its `index.html`. `None` for whatever is not to be served.
    pub(super) async fn get(&self, request: &Parts) -> Option<Response> {
        let path = visible(request.uri.path())?;
        let folder = Arc::clone(&self.folder);
        let found = tokio::task::spawn_blocking(move || holds(&folder, &path)).await;
        if !found.unwrap_or_default() {
            return None;
        }
        let mut asked = Request::from_parts(request.clone(), ());
        if !wants_part(request) {
            asked.headers_mut().remove(header::RANGE);
        }
        let answer = self.ask(asked.clone()).await;
        if is_version_wanted(answer.headers(), &request.headers) {
            return Some(answer);
        }
        asked.headers_mut().remove(header::RANGE);
        Some(self.ask(asked).await)
    }

    async fn ask(&self, request: Request<()>) -> Response {
        let mut answer = match self.files.clone().try_call(request).await {
            Ok(answer) => answer.map(Body::new),
            Err(error) => return ApiError::internal(&error).into_response(),
        };
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        name_charset(headers);
        answer
    }
}

/// The path that a request names below the folder, decoded. `None` for all under `/api`, and if a
/// part of it is empty, or begins with a dot: it is hidden, or leads upwards.
fn visible(path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let parts = path.strip_suffix('/').unwrap_or(&path);
    let is_visible = |part: &str| !part.is_empty() && !part.starts_with('.');
    let allowed = path.is_empty() || parts.split('/').all(is_visible);
    let is_api = parts.split('/').next() == Some("api");
    (allowed && !is_api).then(|| PathBuf::from(&*path))
}

/// Whether there is a file at a path, or in the folder at it, that is inside the folder wherever
/// links lead. It is a regular one: opening a pipe would wait for its other end.
fn holds(folder: &Path, path: &Path) -> bool {
    let mut file = folder.join(path);
    if file.is_dir() {
        file.push("index.html");
    }
    let (Ok(folder), Ok(file)) = (folder.canonicalize(), file.canonicalize()) else {
        return false;
    };
    file.starts_with(folder) && file.is_file()
}

/// Whether a part of the file is asked for. Parts of a HEAD and units other than bytes count as
/// nothing.
fn wants_part(request: &Parts) -> bool {
    let range = request.headers.get(header::RANGE);
    request.method == Method::GET
        && range.is_some_and(|range| range.as_bytes().starts_with(b"bytes="))
}

/// Whether a part is wanted of the version that has these headers. `If-Range` must name it exactly:
/// parts of two versions do not make a file.
fn is_version_wanted(version: &HeaderMap, request: &HeaderMap) -> bool {
    request.get(header::IF_RANGE).is_none_or(|wanted| {
        let names = [header::ETAG, header::LAST_MODIFIED];
        names.iter().any(|name| version.get(name) == Some(wanted))
    })
}

fn name_charset(headers: &mut HeaderMap) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = kind.filter(|kind| kind.starts_with("text/"));
    let named = text.map(|kind| HeaderValue::try_from(format!("{kind}; charset=utf-8")));
    if let Some(Ok(named)) = named {
        headers.insert(header::CONTENT_TYPE, named);
    }
}
