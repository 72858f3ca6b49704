//! The cookie of a polling handshake, by which load balancers keep a session's requests together.

use std::time::Duration;

use http::HeaderValue;

/// A cookie that holds the session's id, as engine.io's `cookie` option. Only the answer to a
/// handshake over polling sets it: a WebSocket is one connection, and gets its id over that.
///
/// The id is a secret: without `http_only` the page's scripts can read it, without `secure` it goes
/// over plain HTTP as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name: a token (RFC 6265 §4.1.1).
    pub name: String,
    /// The path below which it is sent; without one, the engine's.
    pub path: Option<String>,
    /// The domain that it is sent to; without one, the host that set it.
    pub domain: Option<String>,
    /// How long it is kept, in whole seconds; without one, until the browser is closed.
    pub max_age: Option<Duration>,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// Whether it is sent over HTTPS only.
    pub secure: bool,
    /// Whether it comes along with requests from other sites.
    pub same_site: Option<SameSite>,
}

/// Which requests from other sites a cookie comes along with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Navigations to this site.
    Lax,
    /// All; browsers want `secure` with it.
    None,
}

impl Default for Cookie {
    /// `io=…; Path=/; HttpOnly; SameSite=Lax`.
    fn default() -> Self {
        Self {
            name: "io".to_owned(),
            path: Some("/".to_owned()),
            domain: None,
            max_age: None,
            http_only: true,
            secure: false,
            same_site: Some(SameSite::Lax),
        }
    }
}

impl Cookie {
    /// Panics over what would not be one cookie with these attributes.
    pub(crate) fn check(&self) {
        let is_token = |name: &str| http::HeaderName::try_from(name).is_ok();
        assert!(is_token(&self.name), "{:?} is no name of a cookie", self.name);
        for text in self.path.iter().chain(&self.domain) {
            let is_value = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';');
            assert!(is_value, "{text:?} cannot stand in a cookie");
        }
    }

    /// The value of `Set-Cookie`, its attributes in the order of engine.io's.
    pub(crate) fn header(&self, session_id: &str) -> HeaderValue {
        let mut parts = vec![format!("{}={session_id}", self.name)];
        parts.extend(self.max_age.map(|age| format!("Max-Age={}", age.as_secs())));
        parts.extend(self.domain.as_ref().map(|domain| format!("Domain={domain}")));
        parts.extend(self.path.as_ref().map(|path| format!("Path={path}")));
        parts.extend(self.http_only.then(|| "HttpOnly".to_owned()));
        parts.extend(self.secure.then(|| "Secure".to_owned()));
        parts.extend(self.same_site.map(|same_site| format!("SameSite={same_site:?}")));
        let header = parts.join("; ");
        let mut header = HeaderValue::try_from(header).expect("it was checked at the start");
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_that_of_engine_io() {
        assert_eq!(Cookie::default().header("abc"), "io=abc; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn all_attributes_in_their_order() {
        let cookie = Cookie {
            name: "sticky".to_owned(),
            path: Some("/chat".to_owned()),
            domain: Some("example.com".to_owned()),
            max_age: Some(Duration::from_hours(1)),
            http_only: true,
            secure: true,
            same_site: Some(SameSite::None),
        };
        cookie.check();
        assert_eq!(
            cookie.header("abc"),
            "sticky=abc; Max-Age=3600; Domain=example.com; Path=/chat; HttpOnly; Secure; SameSite=None"
        );
        let bare = Cookie { path: None, http_only: false, same_site: None, ..Cookie::default() };
        assert_eq!(bare.header("abc"), "io=abc");
    }

    #[test]
    #[should_panic(expected = "cannot stand in a cookie")]
    fn an_attribute_must_not_bring_another() {
        Cookie { path: Some("/; Domain=evil".to_owned()), ..Cookie::default() }.check();
    }

    #[test]
    #[should_panic(expected = "no name of a cookie")]
    fn a_name_must_be_a_token() {
        Cookie { name: "i o".to_owned(), ..Cookie::default() }.check();
    }
}
