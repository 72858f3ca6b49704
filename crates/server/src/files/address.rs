//! The address at which clients reach the API.

use std::net::SocketAddr;

use http::uri::Authority;
use http::{HeaderMap, header};

use crate::config::{Config, HostApi};

/// Makes addresses that clients can ask for. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ApiAddress {
    host_api: HostApi,
    listening: SocketAddr,
}

impl ApiAddress {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            host_api: config.files.host_api.clone(),
            listening: config.server.reachable_address(),
        }
    }

    /// As configured; else as the client itself named the server; else where it listens. Without a
    /// slash at the end.
    pub(super) fn of(&self, request: &HeaderMap) -> String {
        match &self.host_api {
            HostApi::Fixed(address) => address.clone(),
            HostApi::OfRequest => match named_host(request) {
                Some(host) => format!("http://{host}/api"),
                None => format!("http://{}/api", self.listening),
            },
        }
    }
}

/// What `Host` says, if it is a host and maybe a port.
fn named_host(request: &HeaderMap) -> Option<Authority> {
    let host: Authority = request.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    let (name, whole) = (host.host(), host.as_str());
    let is_plain = !name.is_empty() && !whole.contains('@');
    (is_plain && (whole == name || host.port_u16().is_some())).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host_api: &str, host: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(header::HOST, host.parse().unwrap());
        }
        let listening = "127.0.0.1:3000".parse().unwrap();
        ApiAddress { host_api: host_api.parse().unwrap(), listening }.of(&headers)
    }

    #[test]
    fn what_is_configured_wins() {
        let fixed = "https://shop.example/api";
        assert_eq!(address(fixed, Some("other.example")), fixed);
        assert_eq!(address("https://shop.example/api/", None), fixed);
    }

    #[test]
    fn else_it_is_what_the_client_calls_the_server() {
        assert_eq!(address("", Some("shop.example:8080")), "http://shop.example:8080/api");
        assert_eq!(address("", Some("[::1]:3000")), "http://[::1]:3000/api");
    }

    #[test]
    fn what_is_no_host_counts_for_nothing() {
        let listening = "http://127.0.0.1:3000/api";
        assert_eq!(address("", None), listening);
        for wrong in ["", "a b", "ada@shop.example", "shop.example/x", "a\"b", "shop.example:"] {
            assert_eq!(address("", Some(wrong)), listening, "{wrong}");
        }
    }
}
