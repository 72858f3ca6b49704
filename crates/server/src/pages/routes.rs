//! What is answered to requests that no route takes: a file, the page, or 404.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::assets::{Asset, Assets};
use super::public::PublicFolder;
use crate::http::ApiError;

/// The page that stands in for one that was not built.
const UNBUILT: &str = include_str!("unbuilt.html");

/// What pages may do: nothing but talk to this server and run its own files.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// First parts of paths that are never answered with the page.
const NOT_PAGES: [&str; 5] = ["api", "assets", "socket.io", "healthz", "swagger"];

/// Where files come from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The owner's, which win.
    pub public: Option<PublicFolder>,
    /// Those inside the binary.
    pub embedded: Arc<Assets>,
}

impl Pages {
    async fn file(&self, request: &Parts) -> Option<Response> {
        if let Some(public) = &self.public
            && let Some(answer) = public.get(request).await
        {
            return Some(answer);
        }
        let file = match request.uri.path() {
            "/" => "index.html",
            path => path.trim_start_matches('/'),
        };
        Some(send(self.embedded.get(file)?, caching(file), &request.headers))
    }
}

/// The fallback of the whole router.
pub async fn answer(State(pages): State<Pages>, request: Request) -> Response {
    let (mut request, _) = request.into_parts();
    let no_route = ApiError::no_route(&request.method, request.uri.path());
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return no_route.into_response();
    }
    if let Some(file) = pages.file(&request).await {
        return file;
    }
    if !wants_page(request.uri.path(), &request.headers) {
        return no_route.into_response();
    }
    request.uri = Uri::from_static("/");
    let page = pages.file(&request).await;
    page.unwrap_or_else(|| with_policy(Html(UNBUILT).into_response()))
}

/// A page inside the binary, or what stands in for one that was not built.
pub(crate) fn page(assets: &Assets, file: &str, request: &HeaderMap) -> Response {
    match assets.get(file) {
        Some(page) => send(page, caching(file), request),
        None => with_policy(Html(UNBUILT).into_response()),
    }
}

/// Vite puts a hash of the content into the names under `assets/`.
fn caching(file: &str) -> &'static str {
    if file.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// Whether the page is what a path stands for that no file has.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let html = accept.is_some_and(|accept| accept.contains("text/html"));
    !NOT_PAGES.contains(&first) && (path == "/" || html)
}

fn send(asset: &Asset, caching: &'static str, request: &HeaderMap) -> Response {
    let (encoding, bytes) = asset.body.best(request);
    let suffix = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
    let tag = format!("\"{}{suffix}\"", asset.tag);
    let mut response = if has_current(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if asset.content_type.starts_with("text/html") { with_policy(response) } else { response }
}

fn with_policy(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Whether the client says that it already has this version.
fn has_current(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|item| {
        let item = item.trim();
        item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn built() -> Arc<Assets> {
        let files = [
            ("index.html", "<p>page"),
            ("index.html.br", "compressed"),
            ("assets/app-1a2b.js", "code"),
            ("favicon.svg", "<svg/>"),
        ];
        let file = |(path, text): (&str, &'static str)| {
            (path.to_owned(), Bytes::from_static(text.as_bytes()))
        };
        Arc::new(Assets::from_files(files.map(file)))
    }

    async fn get(assets: &Arc<Assets>, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        answer(State(Pages { public: None, embedded: Arc::clone(assets) }), request).await
    }

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_page_is_asked_for_again_and_its_files_are_kept() {
        let page = get(&built(), "/", &[]).await;
        assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        assert_eq!(text(page).await, "<p>page");
        let code = get(&built(), "/assets/app-1a2b.js", &[]).await;
        let caching = code.headers()[header::CACHE_CONTROL].to_str().unwrap();
        assert!(caching.contains("immutable"));
    }

    #[tokio::test]
    async fn compressed_forms_have_tags_of_their_own() {
        let plain = get(&built(), "/", &[]).await;
        let small = get(&built(), "/", &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(small.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(small.headers()[header::VARY], "accept-encoding");
        assert_ne!(plain.headers()[header::ETAG], small.headers()[header::ETAG]);
        assert_eq!(text(small).await, "compressed");
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let tag = get(&built(), "/favicon.svg", &[]).await.headers()[header::ETAG].clone();
        let weak = format!("\"other\", W/{}", tag.to_str().unwrap());
        let answer = get(&built(), "/favicon.svg", &[("if-none-match", &weak)]).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer.headers()[header::ETAG], tag);
        assert_eq!(text(answer).await, "");
    }

    #[tokio::test]
    async fn unknown_paths_are_the_page_for_people_and_404_for_programs() {
        let html = [("accept", "text/html,*/*;q=0.8")];
        assert_eq!(text(get(&built(), "/somewhere", &html).await).await, "<p>page");
        assert_eq!(get(&built(), "/somewhere", &[]).await.status(), StatusCode::NOT_FOUND);
        for path in ["/api", "/api/x", "/assets/gone.js", "/socket.io/socket.io.js", "/swagger/x"] {
            assert_eq!(get(&built(), path, &html).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn without_a_client_the_page_says_how_to_build_it() {
        let answer = get(&Arc::default(), "/", &[]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let page = text(answer).await;
        assert!(page.contains("make build") && page.contains("make web"));
    }
}
