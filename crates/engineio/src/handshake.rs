//! What is kept of the request that opened a session.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use http::{Extensions, Request};

/// The address of the client, put into the request's extensions by whoever knows it (the
/// listener, or a layer that reads a trusted proxy's headers). Without it, a plain
/// [`SocketAddr`] extension counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// Whether the client's connection is encrypted, put into the request's extensions by whoever knows it.
/// Without it, what the scheme of the request's URI says, which most requests do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secure(pub bool);

/// What is kept of the request that opened a session, in one small allocation: the request's own
/// parts share the HTTP connection's read buffer and are dropped.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The path and query of the request, as sent.
    pub uri: Box<str>,
    /// The request's headers, without those that only concern the transport.
    pub headers: Headers,
    /// The client's address, if the listener told it.
    pub client_addr: Option<IpAddr>,
    /// Whether the connection is encrypted, as far as the listener told it ([`Secure`]).
    pub is_secure: bool,
}

/// Header fields in the order in which they were sent. Values that are not UTF-8 are left out.
#[derive(Clone, Default)]
pub struct Headers {
    /// `name: value` lines, each ended by `\n` (which no header value can contain).
    lines: Box<str>,
}

impl Handshake {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let extensions = request.extensions();
        let is_https = || request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
        Self {
            uri: request.uri().path_and_query().map_or("/", |path| path.as_str()).into(),
            headers: Headers::from_map(request.headers()),
            client_addr: client_addr(extensions),
            is_secure: extensions.get::<Secure>().map_or_else(is_https, |secure| secure.0),
        }
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.queries().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All query parameters, decoded, in the order in which they were sent; those of Engine.IO
    /// (`EIO`, `transport` and the like) included.
    pub fn queries(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let (_, query) = self.uri.split_once('?').unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
    }

    /// Whether a page of any origin sent the request: browsers name theirs in requests to others,
    /// and for a WebSocket always. socket.io's `xdomain`.
    pub fn is_cross_domain(&self) -> bool {
        self.headers.get("origin").is_some()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers {
    /// Fields that were told elsewhere, names in lower case. Those that cannot be in a header are
    /// left out.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(fields: I) -> Self {
        let mut lines = String::new();
        for (name, value) in fields {
            if !name.contains([':', '\n']) && !value.contains('\n') {
                lines.push_str(name);
                lines.push_str(": ");
                lines.push_str(value);
                lines.push('\n');
            }
        }
        Self { lines: lines.into_boxed_str() }
    }
}

impl Headers {
    fn from_map(map: &http::HeaderMap) -> Self {
        let fields = map.iter().filter_map(|(name, value)| {
            let name = name.as_str();
            let transport_only =
                matches!(name, "connection" | "upgrade") || name.starts_with("sec-websocket-");
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            (!transport_only).then_some((name, value))
        });
        fields.collect()
    }

    /// The first value of a header; `name` in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All fields, names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.lines().filter_map(|line| line.split_once(": "))
    }
}

impl std::fmt::Debug for Headers {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// The client's address, if the listener told it.
pub(crate) fn client_addr(extensions: &Extensions) -> Option<IpAddr> {
    let peer = || extensions.get::<SocketAddr>().map(SocketAddr::ip);
    extensions.get::<ClientAddr>().map(|addr| addr.0).or_else(peer)
}

/// The first value of `name` in a query string.
pub(crate) fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_handlers_can_ask_for_and_drops_the_rest() {
        let request = http::Request::builder()
            .uri("/engine.io/?EIO=4&transport=polling&room=a")
            .header("Authorization", "Bearer x")
            .header("Sec-WebSocket-Key", "secret")
            .header("Connection", "Upgrade")
            .body(())
            .unwrap();
        let handshake = Handshake::of(&request);
        assert_eq!(handshake.headers.get("authorization"), Some("Bearer x"));
        assert_eq!(handshake.headers.get("sec-websocket-key"), None);
        assert_eq!(handshake.query("room").as_deref(), Some("a"));
        assert_eq!(handshake.query("none"), None);
        assert_eq!(format!("{:?}", handshake.headers), r#"["authorization"]"#);
    }
    #[test]
    fn a_query_is_decoded() {
        let uri = "/engine.io/?EIO=4&a%20b=%C3%B1+1&c&c=2&bad=%FF%";
        let handshake = Handshake::of(&http::Request::builder().uri(uri).body(()).unwrap());
        let queries = handshake.queries().collect::<Vec<_>>();
        let expected = [("EIO", "4"), ("a b", "ñ 1"), ("c", ""), ("c", "2"), ("bad", "\u{fffd}%")];
        assert_eq!(queries, expected.map(|(key, value)| (key.into(), value.into())));
        assert_eq!(handshake.query("c").as_deref(), Some(""));
    }

    #[test]
    fn who_knows_says_whether_it_is_secure() {
        let is_secure = |uri: &str, told: Option<Secure>| {
            let mut request = http::Request::builder().uri(uri).body(()).unwrap();
            if let Some(told) = told {
                request.extensions_mut().insert(told);
            }
            Handshake::of(&request).is_secure
        };
        assert!(!is_secure("/engine.io/", None));
        assert!(is_secure("/engine.io/", Some(Secure(true))));
        assert!(is_secure("https://example.com/engine.io/", None));
        assert!(!is_secure("https://example.com/engine.io/", Some(Secure(false))));
    }

    #[test]
    fn an_origin_makes_it_cross_domain() {
        let is_cross_domain = |name: &str| {
            let request = http::Request::builder().header(name, "https://example.com").body(());
            Handshake::of(&request.unwrap()).is_cross_domain()
        };
        assert!(is_cross_domain("origin"));
        assert!(!is_cross_domain("referer"));
    }
}
