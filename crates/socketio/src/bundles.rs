//! The client's own JavaScript, handed over by the application and served beside the protocol.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

/// One file, in the encodings that the application has.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// As it is.
    pub plain: Bytes,
    /// Compressed with gzip.
    pub gzip: Option<Bytes>,
    /// Compressed with Brotli.
    pub brotli: Option<Bytes>,
}

/// The files of one version of the client, served at the server's path: `socket.io.js`,
/// `socket.io.min.js`, and so on, and their source maps.
#[derive(Debug, Clone)]
pub struct Bundles(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Files { etag: HeaderValue, files: HashMap<String, Bundle> },
    Missing(String),
}

impl Bundles {
    /// Files by name, all of `version`.
    ///
    /// # Panics
    /// If the version has characters that no HTTP header can carry.
    pub fn new(version: &str, files: HashMap<String, Bundle>) -> Self {
        let etag = HeaderValue::try_from(format!("\"{version}\""));
        let etag = etag.expect("a version is made of visible characters");
        Self(Kind::Files { etag, files })
    }

    /// No files: requests for the client are answered with 404 and this text.
    pub fn missing(text: impl Into<String>) -> Self {
        Self(Kind::Missing(text.into()))
    }

    /// The answer to a request for a file; `None` if `name` is none that a client bundle has.
    pub(crate) fn serve(
        &self,
        method: &Method,
        headers: &HeaderMap,
        name: &str,
    ) -> Option<Response<Full<Bytes>>> {
        match &self.0 {
            Kind::Missing(text) => {
                let client = name.starts_with("socket.io.");
                client.then(|| not_found(Bytes::from(text.clone())))
            }
            Kind::Files { etag, files } => {
                let bundle = files.get(name)?;
                let map = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "map");
                Some(file(method, headers, bundle, etag, map))
            }
        }
    }
}

fn file(
    method: &Method,
    request: &HeaderMap,
    bundle: &Bundle,
    etag: &HeaderValue,
    map: bool,
) -> Response<Full<Bytes>> {
    let (body, encoding) = choose(bundle, request);
    let unchanged = request.get(header::IF_NONE_MATCH).is_some_and(|known| matches(known, etag));
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0"));
    headers.insert(header::ETAG, etag.clone());
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let content_type = if map { "application/json" } else { "application/javascript" };
    let content_type = HeaderValue::try_from(format!("{content_type}; charset=utf-8"));
    headers.insert(header::CONTENT_TYPE, content_type.expect("it is made of letters"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    if method != Method::HEAD {
        *response.body_mut() = Full::new(body);
    }
    response
}

fn choose(bundle: &Bundle, request: &HeaderMap) -> (Bytes, Option<&'static str>) {
    let accepted = request.get_all(header::ACCEPT_ENCODING);
    let accepts = |encoding: &str| {
        let values = accepted.iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| {
            let (name, weight) = part.split_once(';').unwrap_or((part, ""));
            let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
    };
    match bundle {
        Bundle { brotli: Some(brotli), .. } if accepts("br") => (brotli.clone(), Some("br")),
        Bundle { gzip: Some(gzip), .. } if accepts("gzip") => (gzip.clone(), Some("gzip")),
        Bundle { plain, .. } => (plain.clone(), None),
    }
}

/// Whether one of the tags that the client knows is this one (RFC 9110 §13.1.2, weakly compared).
fn matches(known: &HeaderValue, etag: &HeaderValue) -> bool {
    let tags = known.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == "*" || tag == etag)
}

pub(crate) fn not_found(text: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundles() -> Bundles {
        let bundle = Bundle {
            plain: Bytes::from_static(b"plain"),
            gzip: Some(Bytes::from_static(b"gz")),
            brotli: Some(Bytes::from_static(b"br")),
        };
        let names = ["socket.io.js", "socket.io.js.map"];
        let files = names.into_iter().map(|name| (name.to_owned(), bundle.clone())).collect();
        Bundles::new("4.8.1", files)
    }

    fn get(name: &str, headers: &[(&'static str, &'static str)]) -> Response<Full<Bytes>> {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        bundles().serve(&Method::GET, &headers.collect(), name).unwrap()
    }

    #[test]
    fn headers_are_those_of_socket_io() {
        let response = get("socket.io.js", &[]);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/javascript; charset=utf-8");
        assert_eq!(header("cache-control"), "public, max-age=0");
        assert_eq!(header("etag"), "\"4.8.1\"");
        let map = get("socket.io.js.map", &[]);
        assert_eq!(map.headers()["content-type"], "application/json; charset=utf-8");
    }

    #[test]
    fn what_the_client_knows_is_not_sent_again() {
        for known in ["\"4.8.1\"", "W/\"4.8.1\"", "\"x\", \"4.8.1\"", "*"] {
            let response = get("socket.io.js", &[("if-none-match", known)]);
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(get("socket.io.js", &[("if-none-match", "\"4.8.0\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn the_encoding_is_one_that_the_client_accepts() {
        let encoding = |accepted| {
            let response = get("socket.io.js", &[("accept-encoding", accepted)]);
            response.headers().get("content-encoding").map(|e| e.to_str().unwrap().to_owned())
        };
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("gzip;q=1, br;q=0").as_deref(), Some("gzip"));
        assert_eq!(encoding("identity"), None);
    }

    #[test]
    fn missing_files_say_what_to_do() {
        let missing = Bundles::missing("run make build");
        let found = missing.serve(&Method::GET, &HeaderMap::new(), "socket.io.min.js");
        assert_eq!(found.unwrap().status(), StatusCode::NOT_FOUND);
        assert!(missing.serve(&Method::GET, &HeaderMap::new(), "").is_none());
        assert!(bundles().serve(&Method::GET, &HeaderMap::new(), "../secret.js").is_none());
    }
}
