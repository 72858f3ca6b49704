//! The types of single settings: what may be written, and how it is read.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::database_url::DatabaseUrl;
use super::session_policy::SessionPolicy;

/// Something that must not be seen in logs or errors.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret itself, for whoever signs with it.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// A length of time, written `500ms`, `30s`, `5m`, `2h` or `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    const ALLOWED: &str = "a duration such as 500ms, 30s, 5m or 2h";

    /// The time as the standard library has it.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || Self::ALLOWED.to_owned();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| refused())?;
        let millis_per_unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refused()),
        };
        let millis = number.checked_mul(millis_per_unit).ok_or_else(refused)?;
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            millis if millis % 1_000 == 0 => write!(f, "{}s", millis / 1_000),
            millis => write!(f, "{millis}ms"),
        }
    }
}

/// How often something may happen: `count` times at once, then one more each `period / count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many may happen at once.
    pub count: NonZeroU32,
    /// The time after which that many may happen again.
    pub period: Duration,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (count, period) = text.split_once('/')?;
            let count: NonZeroU32 = count.trim().parse().ok()?;
            let period = period.trim().parse::<Span>().ok()?.0;
            (!(period / count.get()).is_zero()).then_some(Self { count, period })
        };
        read().ok_or_else(|| "a rate such as 20/10m".to_owned())
    }
}

/// The address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(pub IpAddr);

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "localhost" => Ok(Self(Ipv4Addr::LOCALHOST.into())),
            address => address
                .parse()
                .map(Self)
                .map_err(|_| "an IP address (127.0.0.1, 0.0.0.0, ::) or localhost".to_owned()),
        }
    }
}

/// A network of addresses, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(ipnet::IpNet);

impl Network {
    /// Whether the address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<ipnet::IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(ipnet::IpNet::from))
            .map(Self)
            .map_err(|_| "IP addresses or networks such as 10.0.0.0/8".to_owned())
    }
}

/// An origin of the web that may use the server, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Every origin, written `*`.
    Any,
    /// One origin: scheme, host and port.
    Exact(http::HeaderValue),
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let refused = || "* or origins such as https://chat.example".to_owned();
        let uri: http::Uri = text.parse().map_err(|_| refused())?;
        let is_origin = matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.path_and_query().is_none_or(|path| path == "/")
            && !text.ends_with('/');
        let value = http::HeaderValue::from_str(text).map_err(|_| refused())?;
        if is_origin { Ok(Self::Exact(value)) } else { Err(refused()) }
    }
}

/// Where clients reach the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostApi {
    /// Wherever the request was sent to; written as nothing.
    OfRequest,
    /// At one address, without a slash at its end.
    Fixed(String),
}

impl FromStr for HostApi {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::OfRequest);
        }
        let refused = || "nothing, or an address such as https://shop.example/api".to_owned();
        let uri: http::Uri = text.parse().map_err(|_| refused())?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        if is_web && uri.query().is_none() && !text.contains(['@', '#']) {
            Ok(Self::Fixed(text.trim_end_matches('/').to_owned()))
        } else {
            Err(refused())
        }
    }
}

/// Reads values that are written as one string from their `FromStr`.
macro_rules! deserialize_from_str {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

deserialize_from_str!(Span, Rate, Host, HostApi, DatabaseUrl, SessionPolicy);

/// Reads a list: an array of strings in TOML, one string with commas in the environment.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = String>,
{
    struct List<T>(std::marker::PhantomData<T>);

    impl<'de, T: FromStr<Err = String>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(|item| item.parse().map_err(E::custom)).collect()
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = sequence.next_element::<String>()? {
                items.push(item.parse().map_err(A::Error::custom)?);
            }
            Ok(items)
        }
    }

    deserializer.deserialize_any(List(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let span = |text: &str| text.parse::<Span>().map(|span| span.0);
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(span("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(span("2h"), Ok(Duration::from_hours(2)));
        for wrong in ["", "30", "s", "-1s", "1.5s", "30 s", "1w", "18446744073709551615d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates() {
        let rate: Rate = "20/10m".parse().unwrap();
        assert_eq!((rate.count.get(), rate.period), (20, Duration::from_mins(10)));
        for wrong in ["", "20", "0/1m", "20/0s", "/1m", "x/1m"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_and_single_addresses() {
        let network: Network = "10.0.0.0/8".parse().unwrap();
        assert!(network.contains("10.1.2.3".parse().unwrap()));
        assert!(!network.contains("11.1.2.3".parse().unwrap()));
        let single: Network = "::1".parse().unwrap();
        assert!(single.contains("::1".parse().unwrap()));
        assert!("example.com".parse::<Network>().is_err());
    }

    #[test]
    fn origins_have_no_path() {
        assert_eq!("*".parse(), Ok(Origin::Any));
        assert!("https://chat.example:8443".parse::<Origin>().is_ok());
        for wrong in ["chat.example", "https://a.example/", "https://a.example/b", "ftp://a"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_address_of_the_api_has_no_slash_at_its_end() {
        let fixed = |address: &str| Ok(HostApi::Fixed(address.to_owned()));
        assert_eq!("".parse(), Ok(HostApi::OfRequest));
        assert_eq!("http://localhost:3000/api".parse(), fixed("http://localhost:3000/api"));
        assert_eq!("https://shop.example/".parse(), fixed("https://shop.example"));
        for wrong in ["shop.example/api", "/api", "ftp://a/b", "http://a@b/api", "http://a/?b"] {
            assert!(wrong.parse::<HostApi>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_does_not_show() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "Secret(***)");
    }
}
