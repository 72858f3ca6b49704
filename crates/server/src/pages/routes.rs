//! What is answered to requests that no route takes: files, the page of the web client, or 404.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, Method, Uri, header};

use super::assets::Assets;
use super::path::FilePath;
use super::public::PublicFolder;
use super::send::{send, with_policy};
use crate::http::ApiError;

/// The page that stands in for one that was not built.
const UNBUILT: &str = include_str!("unbuilt.html");

/// First parts of paths that are never answered with the page.
const NOT_PAGES: [&str; 3] = ["assets", "socket.io", "healthz"];

/// Where files come from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The owner's, which win.
    pub public: Option<PublicFolder>,
    /// Those inside the binary.
    pub embedded: Arc<Assets>,
}

impl Pages {
    async fn file(&self, path: &FilePath, request: &Parts) -> Option<Response> {
        if let Some(public) = &self.public
            && let Some(answer) = public.get(path, request).await
        {
            return Some(answer);
        }
        let path = if path.is_root() { "index.html" } else { path.as_str() };
        Some(send(path, self.embedded.get(path)?, request))
    }

    /// The page, whichever path was asked for.
    async fn page(&self, mut request: Parts) -> Response {
        request.uri = Uri::from_static("/");
        let page = self.file(&FilePath::root(), &request).await;
        page.unwrap_or_else(|| with_policy(Html(UNBUILT).into_response()))
    }
}

/// The fallback of the whole router.
pub async fn answer(State(pages): State<Pages>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let no_route = || ApiError::no_route(&request.method, request.uri.path()).into_response();
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    // Nothing in a folder can pass for a part of the API.
    let path = FilePath::parse(request.uri.path()).filter(|path| is_read && path.first() != "api");
    let Some(path) = path else {
        return no_route();
    };
    if let Some(file) = pages.file(&path, &request).await {
        return file;
    }
    if NOT_PAGES.contains(&path.first()) || !(path.is_root() || wants_html(&request.headers)) {
        return no_route();
    }
    pages.page(request).await
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use bytes::Bytes;
    use http::StatusCode;

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
        for path in ["/api", "/api/x", "/assets/gone.js", "/socket.io/socket.io.js"] {
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
