//! Whose request it is, also behind proxies.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;

use super::ApiError;
use crate::config::Network;

/// The address of the client. The listener puts it into the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// The proxies whose word about the client's address counts.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[Network]>);

impl TrustedProxies {
    /// Trusts peers in these networks.
    pub fn new(networks: &[Network]) -> Self {
        Self(networks.into())
    }

    /// The client's address: the peer's, unless the peer is trusted; then the last address in
    /// `X-Forwarded-For` that is not itself a trusted proxy. What stands to the left of that was
    /// written by the client and counts for nothing.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddr {
        let mut client = peer.to_canonical();
        if self.trusts(client) {
            for hop in forwarded_for(headers) {
                let Some(address) = hop else { break };
                client = address;
                if !self.trusts(client) {
                    break;
                }
            }
        }
        ClientAddr(client)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// The addresses in `X-Forwarded-For`, nearest first; `None` for what is no address.
fn forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let values: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let lines = values.into_iter().rev().map(|value| value.to_str().unwrap_or("?"));
    lines
        .flat_map(|line| line.rsplit(','))
        .map(|hop| hop.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical()))
}

impl<S: Sync> FromRequestParts<S> for ClientAddr {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get().copied().ok_or_else(|| {
            ApiError::internal(&std::io::Error::other("the listener told no client address"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies =
            TrustedProxies::new(&["10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_left_of_the_client_counts_for_nothing(claims in "[ -~]{0,80}") {
            let line = format!("{claims}, 1.2.3.4, 10.0.0.7");
            assert_eq!(client("127.0.0.1", &[&line]), "1.2.3.4");
            assert_eq!(client("127.0.0.1", &[&claims, "1.2.3.4"]), "1.2.3.4");
        }
    }

    #[test]
    fn the_last_untrusted_hop_is_the_client() {
        assert_eq!(client("127.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.7"]), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["6.6.6.6", "1.2.3.4,10.0.0.7"]), "1.2.3.4");
        assert_eq!(client("::ffff:127.0.0.1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn nonsense_ends_the_search_where_it_stands() {
        assert_eq!(client("127.0.0.1", &["1.2.3.4, unknown, 10.0.0.7"]), "10.0.0.7");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["10.0.0.1, 10.0.0.2"]), "10.0.0.1");
    }
}
