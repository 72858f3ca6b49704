//! How a stored image is served.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use tower_http::services::ServeFile;

use super::ImageName;

/// An image that a browser is made to take for a page may do nothing.
const POLICY: &str = "default-src 'none'; sandbox";

/// Answers a request with the file at a path: whole, in part, or that the client has it already.
/// The file is streamed.
pub(super) async fn serve(
    name: &ImageName,
    path: &Path,
    mut request: Request,
) -> io::Result<Response> {
    // A part on the condition that the file is still the same is not offered: such a request gets
    // the whole file, which is always right.
    if request.headers_mut().remove(header::IF_RANGE).is_some() {
        request.headers_mut().remove(header::RANGE);
    }
    let mut file = ServeFile::new(path).ignore_multi_range_requests(true);
    let mut response = file.try_call(request).await?.map(Body::new);
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    }
    Ok(response)
}

/// What has an id for a name never changes.
fn caching(name: &ImageName) -> &'static str {
    if name.is_generated() { "public, max-age=31536000, immutable" } else { "no-cache" }
}
