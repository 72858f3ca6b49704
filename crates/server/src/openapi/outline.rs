//! What the document says before any route is in it.

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use crate::http::ErrorBody;

/// The name of the one way to say who one is.
pub(crate) const TOKEN: &str = "token";

/// The role that operations of admins ask for.
pub(crate) const ADMIN: &str = "admin";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tertulia",
        description = "Users, products and their images, and who is connected. Messages go over \
            Socket.IO, at `/socket.io/`.\n\nAll paths under `/api` are answered under `/api/v1` \
            too. Every answer has the header `X-Request-Id`, which the log of the server names as \
            well."
    ),
    components(schemas(ErrorBody)),
    modifiers(&BearerToken),
    tags(
        (name = "auth", description = "Accounts and tokens"),
        (name = "products", description = "What the shop sells"),
        (name = "files", description = "Images of products"),
        (name = "users", description = "Who there is, for admins"),
        (name = "clients", description = "Who is connected"),
        (name = "seed", description = "Something to try things out with"),
        (name = "health", description = "For whoever restarts the server")
    )
)]
struct Outline;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some("The `token` that registering and logging in give.".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme));
    }
}

pub(super) fn outline() -> OpenApi {
    Outline::openapi()
}
