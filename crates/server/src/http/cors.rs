//! Pages of other origins. Identity is never a cookie, so any origin may be allowed.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::{Cors, Origin};

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_mins(10);

/// Answers preflights, and marks answers as readable by the configured origins. Whatever headers a
/// page wants to send are allowed: `Authorization`, and the `authentication` of old clients.
pub fn cors(settings: &Cors) -> CorsLayer {
    let exact: Vec<HeaderValue> = settings
        .origins
        .iter()
        .filter_map(|origin| match origin {
            Origin::Any => None,
            Origin::Exact(origin) => Some(origin.clone()),
        })
        .collect();
    let any = settings.origins.contains(&Origin::Any);
    CorsLayer::new()
        .allow_origin(if any { AllowOrigin::any() } else { AllowOrigin::list(exact) })
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(PREFLIGHT_AGE)
}
