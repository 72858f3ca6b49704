//! Answers are compressed on the way out, where that pays.

use std::ops::RangeInclusive;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower_http::compression::{CompressionLayer, CompressionLevel, Predicate};

/// Bytes of a body that is compressed. Smaller ones fit a packet anyway; larger ones are files, and
/// would take a core for as long as they last at each request: their owner can put a compressed
/// form beside them.
const SIZES: RangeInclusive<u64> = 1_024..=1_048_576;

/// What is compressed besides `text/…`.
const TYPES: [&str; 6] = [
    "application/json",
    "application/javascript",
    "application/manifest+json",
    "application/wasm",
    "application/xml",
    "image/svg+xml",
];

/// Nearly as small as the codecs' own defaults, at a fraction of the time.
const LEVEL: CompressionLevel = CompressionLevel::Precise(4);

/// Compresses the answers of these routes, with Brotli or gzip, for clients that understand one.
/// Parts of files and what is compressed already stay as they are. Lengths of secrets do not show:
/// no page of another origin can have a browser send a token.
pub fn compressed(routes: Router) -> Router {
    let compression = CompressionLayer::new().quality(LEVEL).compress_when(WorthIt);
    routes.layer(compression).layer(from_fn(weaken_tags))
}

/// Whether a body is of a kind and a size that compressing pays for.
#[derive(Debug, Clone, Copy)]
struct WorthIt;

impl Predicate for WorthIt {
    fn should_compress<B: http_body::Body>(&self, response: &http::Response<B>) -> bool {
        let headers = response.headers();
        let declared = text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let size = declared.or_else(|| response.body().size_hint().exact());
        let kind = text(headers, &header::CONTENT_TYPE).and_then(|text| text.split(';').next());
        size.is_some_and(|size| SIZES.contains(&size)) && kind.is_some_and(is_compressible)
    }
}

fn is_compressible(kind: &str) -> bool {
    // Events must not wait for a block of the codec to be full.
    (kind.starts_with("text/") && kind != "text/event-stream") || TYPES.contains(&kind)
}

/// A strong tag stands for the same bytes, and a compressed body has others.
async fn weaken_tags(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers();
    let Some(weak) = text(headers, &header::ETAG).filter(|tag| !tag.starts_with("W/")) else {
        return response;
    };
    let weak = format!("W/{weak}");
    // What a client has compressed is confirmed by the name under which it has it.
    let confirms = |known: &HeaderValue| known.to_str().is_ok_and(|known| known.contains(&weak));
    let is_confirmed = response.status() == StatusCode::NOT_MODIFIED;
    if headers.contains_key(header::CONTENT_ENCODING)
        || (is_confirmed && known.as_ref().is_some_and(confirms))
    {
        let weak = HeaderValue::try_from(weak).expect("it was the value of a header");
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
