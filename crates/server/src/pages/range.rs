//! Requests for a part of a file (RFC 9110 §14).

use http::request::Parts;
use http::{HeaderMap, Method, header};
use http_range_header::{ParsedRanges, parse_range_header};

/// The one part that is asked for. Several parts, units other than bytes and what cannot be read
/// count as a request for the whole, and so does every part that a HEAD asks for.
pub(super) fn asked(request: &Parts) -> Option<ParsedRanges> {
    let range = request.headers.get(header::RANGE).filter(|_| request.method == Method::GET)?;
    parse_range_header(range.to_str().ok()?).ok().filter(|parsed| parsed.ranges.len() == 1)
}

/// Whether the part is wanted of the version that has these headers. `If-Range` must name it
/// exactly: parts of two versions do not make a file.
pub(super) fn is_wanted_of(version: &HeaderMap, request: &HeaderMap) -> bool {
    let Some(wanted) = request.get(header::IF_RANGE) else {
        return true;
    };
    let is_named = [header::ETAG, header::LAST_MODIFIED]
        .into_iter()
        .any(|name| version.get(name).is_some_and(|value| value == wanted));
    is_named && !wanted.as_bytes().starts_with(b"W/")
}
