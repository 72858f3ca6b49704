//! Answers are compressed on the way out, where that pays and tells nothing.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use tower_http::compression::predicate::{Predicate as _, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Bytes below which an answer fits into one packet anyway.
const SMALLEST: u64 = 1_024;

/// Bytes of the largest file that is compressed, which is done anew for each request.
const LARGEST: u64 = 1_048_576;

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
///
/// Parts of files, what is compressed already, what is shorter than 1 KiB and files above 1 MiB stay
/// as they are. So does whatever must not be stored: it may hold a token, whose text the length of a
/// compressed answer could betray.
pub fn compressed(routes: Router) -> Router {
    let worth_it = SizeAbove::new(SMALLEST).and(is_worth_it);
    let compression = CompressionLayer::new().quality(LEVEL).compress_when(worth_it);
    routes.layer(compression).layer(from_fn(weaken_tag))
}

fn is_worth_it(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE).and_then(|text| text.split(';').next());
    let length = text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    kind.is_some_and(is_compressible)
        && length.is_none_or(|length: u64| length <= LARGEST)
        && text(headers, &header::CACHE_CONTROL) != Some("no-store")
}

fn is_compressible(kind: &str) -> bool {
    // Events must not wait for a block of the codec to be full.
    (kind.starts_with("text/") && kind != "text/event-stream") || TYPES.contains(&kind)
}

/// A strong tag stands for the same bytes, and a compressed body has others. What a client has
/// compressed is confirmed by the weak tag that it came with.
async fn weaken_tag(request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let strong = text(headers, &header::ETAG).filter(|tag| !tag.starts_with("W/"));
    let Some(weak) = strong.map(|tag| format!("W/{tag}")) else {
        return response;
    };
    let known = known.as_ref().and_then(|known| known.to_str().ok());
    if headers.contains_key(header::CONTENT_ENCODING)
        || known.is_some_and(|known| known.contains(&weak))
    {
        let weak = HeaderValue::try_from(weak).expect("it was the value of a header");
        headers.insert(header::ETAG, weak);
    }
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn encoding(kind: &'static str, caching: &'static str) -> Option<HeaderValue> {
        let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
        let answer = move || async move { (headers, "x".repeat(9_000)) };
        let routes = compressed(Router::new().route("/", get(answer)));
        let request = Request::get("/").header(header::ACCEPT_ENCODING, "br");
        let response = routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        response.headers().get(header::CONTENT_ENCODING).cloned()
    }

    #[tokio::test]
    async fn what_must_not_be_stored_and_what_must_not_wait_stay_as_they_are() {
        assert_eq!(encoding("application/json", "no-cache").await.unwrap(), "br");
        assert_eq!(encoding("application/json", "no-store").await, None);
        assert_eq!(encoding("text/html; charset=utf-8", "no-cache").await.unwrap(), "br");
        assert_eq!(encoding("text/event-stream", "no-cache").await, None);
    }
}
