//! One file in the encodings in which it may be sent.

use bytes::Bytes;
use http::{HeaderMap, header};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// `gzip`.
    Gzip,
    /// `br`.
    Brotli,
}

/// A file, and the same compressed if the build made that.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The file itself.
    pub identity: Bytes,
    /// Compressed with gzip.
    pub gzip: Option<Bytes>,
    /// Compressed with Brotli.
    pub brotli: Option<Bytes>,
}

impl Encoding {
    /// Its name in `Content-Encoding`; `None` for a body as it is.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

impl Encoded {
    /// The smallest form that the client says it understands.
    pub fn best(&self, request: &HeaderMap) -> (Encoding, &Bytes) {
        match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(request, "br") => (Encoding::Brotli, brotli),
            (_, Some(gzip)) if accepts(request, "gzip") => (Encoding::Gzip, gzip),
            _ => (Encoding::Identity, &self.identity),
        }
    }
}

/// Whether `Accept-Encoding` names the encoding, with a weight other than 0.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_what_both_sides_have() {
        let file = Encoded {
            identity: Bytes::from_static(b"plain"),
            gzip: Some(Bytes::from_static(b"gz")),
            brotli: Some(Bytes::from_static(b"br")),
        };
        let best = |accept: &str| {
            let headers = [(header::ACCEPT_ENCODING, accept.parse().unwrap())];
            file.best(&headers.into_iter().collect()).0
        };
        assert_eq!(best("gzip, deflate, br"), Encoding::Brotli);
        assert_eq!(best("gzip;q=1.0, br;q=0"), Encoding::Gzip);
        assert_eq!(best("deflate"), Encoding::Identity);
        assert_eq!(file.best(&HeaderMap::new()).0, Encoding::Identity);
        let plain = Encoded { gzip: None, brotli: None, ..file };
        let headers = [(header::ACCEPT_ENCODING, "br".parse().unwrap())].into_iter().collect();
        assert_eq!(plain.best(&headers).0, Encoding::Identity);
    }
}
