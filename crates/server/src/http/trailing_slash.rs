//! `/api/products/` is `/api/products`, as in the original.

use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;

/// Takes the slash off the end of a path under `/api`, before it is routed.
pub async fn without_trailing_slash(mut request: Request) -> Request {
    if let Some(uri) = shortened(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn shortened(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| path.starts_with("/api/"))?;
    let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_at_the_end_of_what_is_under_api() {
        let short = |uri: &str| shortened(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(short("/api/products/").as_deref(), Some("/api/products"));
        assert_eq!(short("/api/products/?limit=1").as_deref(), Some("/api/products?limit=1"));
        assert_eq!(short("/api/x//").as_deref(), Some("/api/x/"));
        for same in ["/", "/api", "/api/", "/api/products", "/docs/", "/apis/"] {
            assert_eq!(short(same), None, "{same}");
        }
    }
}
