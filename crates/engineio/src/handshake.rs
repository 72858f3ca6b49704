//! What is kept of the request that opened a session.

use std::net::{IpAddr, SocketAddr};

use http::{Extensions, Request};

/// The address of the client, put into the request's extensions by whoever knows it (the
/// listener, or a layer that reads a trusted proxy's headers). Without it, a plain
/// [`SocketAddr`] extension counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

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
}

/// Header fields in the order in which they were sent. Values that are not UTF-8 are left out.
#[derive(Clone, Default)]
pub struct Headers {
    /// `name: value` lines, each ended by `\n` (which no header value can contain).
    lines: Box<str>,
}

impl Handshake {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self {
            uri: request.uri().path_and_query().map_or("/", |path| path.as_str()).into(),
            headers: Headers::from_map(request.headers()),
            client_addr: client_addr(request.extensions()),
        }
    }

    /// The value of a query parameter, percent-decoding left to the caller.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.uri.split_once('?')?;
        query_value(query, name)
    }
}

impl Headers {
    fn from_map(map: &http::HeaderMap) -> Self {
        let mut lines = String::new();
        for (name, value) in map {
            let transport_only = matches!(name.as_str(), "connection" | "upgrade")
                || name.as_str().starts_with("sec-websocket-");
            if let (false, Ok(value)) = (transport_only, std::str::from_utf8(value.as_bytes())) {
                lines.push_str(name.as_str());
                lines.push_str(": ");
                lines.push_str(value);
                lines.push('\n');
            }
        }
        Self { lines: lines.into_boxed_str() }
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
        assert_eq!(handshake.query("room"), Some("a"));
        assert_eq!(handshake.query("none"), None);
        assert_eq!(format!("{:?}", handshake.headers), r#"["authorization"]"#);
    }
}
