//! How a file of the web client is sent.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_range_header::ParsedRanges;

use super::assets::Asset;
use super::encoding::Encoding;
use super::range;

/// What pages may do: nothing but talk to this server and run its own files.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The answer to a request for a file, at this path.
pub(super) fn send(path: &str, asset: &Asset, request: &Parts) -> Response {
    let range = range::asked(request);
    // Parts are parts of the file itself.
    let (encoding, bytes) = match range {
        Some(_) => (Encoding::Identity, &asset.body.identity),
        None => asset.body.best(&request.headers),
    };
    let suffix = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
    let tag = format!("\"{}{suffix}\"", asset.tag);
    let is_current = has_current(&request.headers, &tag);
    let headers = about_version(tag, caching(path));
    let mut response = match range {
        _ if is_current => StatusCode::NOT_MODIFIED.into_response(),
        Some(range) if range::is_wanted_of(&headers, &request.headers) => part(bytes, &range),
        _ => Response::new(Body::from(bytes.clone())),
    };
    response.headers_mut().extend(headers);
    if response.status().is_success() {
        describe(response.headers_mut(), asset, encoding);
    }
    if asset.content_type.starts_with("text/html") { with_policy(response) } else { response }
}

/// Puts an answer under the policy of our pages.
pub(super) fn with_policy(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// What is sent of a version even if the client has it.
fn about_version(tag: String, caching: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// What the body is.
fn describe(headers: &mut HeaderMap, asset: &Asset, encoding: Encoding) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    match encoding.name() {
        Some(name) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        None => {
            headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
    }
}

/// The part of a file, or that it has none like this.
fn part(file: &Bytes, asked: &ParsedRanges) -> Response {
    let length = file.len();
    let Some((first, last)) = bounds(asked, length) else {
        let place = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response();
    };
    let place = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}"))];
    (StatusCode::PARTIAL_CONTENT, place, file.slice(first..=last)).into_response()
}

/// The places of the first and the last byte, inside a file of this length.
fn bounds(asked: &ParsedRanges, length: usize) -> Option<(usize, usize)> {
    let range = asked.validate(u64::try_from(length).ok()?).ok()?.into_iter().next()?;
    let (first, last) =
        (usize::try_from(*range.start()).ok()?, usize::try_from(*range.end()).ok()?);
    (last < length).then_some((first, last))
}

/// Vite puts a hash of the content into the names under `assets/`.
fn caching(file: &str) -> &'static str {
    if file.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// Whether the client says that it already has this version.
fn has_current(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|item| {
        let item = item.trim();
        item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag
    })
}
