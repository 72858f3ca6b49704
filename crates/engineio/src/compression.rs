//! Compressed answers to polls, for clients that accept them (RFC 9110 §8.4.1, §12.5.3).

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::{HeaderMap, header};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::Config;

/// What is compressed where it stands, in bytes: it takes about as long as handing it over.
const IN_PLACE: usize = 8 * 1024;

/// A content coding that engine.io offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    /// The zlib format, which HTTP calls deflate.
    Deflate,
}

impl Encoding {
    /// What the client likes best; gzip, if it does not care.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let gzip = quality(headers, "gzip");
        let deflate = quality(headers, "deflate");
        if gzip > 0 && gzip >= deflate {
            Some(Self::Gzip)
        } else {
            (deflate > 0).then_some(Self::Deflate)
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// At the fastest level: the server's time is dearer than a few bytes of text.
    fn compress(self, payload: &[u8]) -> Option<Bytes> {
        let buffer = Vec::with_capacity(payload.len() / 4);
        let compressed = match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(buffer, Compression::fast());
                encoder.write_all(payload).and_then(|()| encoder.finish())
            }
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(buffer, Compression::fast());
                encoder.write_all(payload).and_then(|()| encoder.finish())
            }
        };
        compressed.ok().filter(|compressed| compressed.len() < payload.len()).map(Bytes::from)
    }
}

/// How much the client wants a coding, in thousandths; 0 if not at all.
fn quality(headers: &HeaderMap, coding: &str) -> u16 {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let (mut named, mut any) = (None, None);
    for element in values.flat_map(|value| value.split(',')) {
        let (name, parameter) = element.split_once(';').unwrap_or((element, "q=1"));
        let found = match name.trim() {
            "*" => &mut any,
            name if name.eq_ignore_ascii_case(coding) => &mut named,
            _ => continue,
        };
        *found = Some(thousandths(parameter.trim()));
    }
    named.or(any).unwrap_or(0)
}

/// A weight such as `q=0.5` (RFC 9110 §12.4.2); what is none counts as refused.
fn thousandths(weight: &str) -> u16 {
    let number = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="));
    let Some((whole, fraction)) = number.map(|n| n.split_once('.').unwrap_or((n, ""))) else {
        return 0;
    };
    match (whole, fraction.len()) {
        ("0", 0..=3) => format!("{fraction:0<3}").parse().unwrap_or(0),
        ("1", 0..=3) if fraction.bytes().all(|digit| digit == b'0') => 1000,
        _ => 0,
    }
}

/// Compresses what is long enough, large payloads on threads of their own and only so many at a
/// time: one that finds them all busy is sent as it is.
#[derive(Debug)]
pub(crate) struct Compressor {
    threshold: Option<usize>,
    places: Arc<Semaphore>,
}

impl Compressor {
    pub(crate) fn new(config: &Config) -> Self {
        let places = Arc::new(Semaphore::new(config.shards.max(1)));
        Self { threshold: config.http_compression, places }
    }

    pub(crate) fn is_worth_it(&self, payload: &[u8]) -> bool {
        self.threshold.is_some_and(|threshold| payload.len() >= threshold)
    }

    /// `None`: it is to be sent as it is.
    pub(crate) async fn compress(
        &self,
        tasks: &TaskTracker,
        payload: &Bytes,
        encoding: Encoding,
    ) -> Option<Bytes> {
        if payload.len() <= IN_PLACE {
            return encoding.compress(payload);
        }
        let place = self.places.clone().try_acquire_owned().ok()?;
        let payload = payload.clone();
        let compressing = tasks.spawn_blocking(move || {
            // Kept until it is done, even if the client gives up meanwhile.
            let _place = place;
            encoding.compress(&payload)
        });
        compressing.await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::{GzDecoder, ZlibDecoder};
    use http::HeaderValue;

    use super::*;

    fn accepted(values: &[&'static str]) -> Option<Encoding> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        Encoding::accepted(&headers)
    }

    #[test]
    fn what_clients_accept() {
        let (gzip, deflate) = (Some(Encoding::Gzip), Some(Encoding::Deflate));
        for (values, expected) in [
            (&["gzip, deflate, br, zstd"][..], gzip),
            (&["deflate, gzip"], gzip),
            (&["br", "GZip"], gzip),
            (&["deflate"], deflate),
            (&["gzip;q=0.5, deflate;q=0.501"], deflate),
            (&["gzip ; q=1.000"], gzip),
            (&["gzip;q=0, *"], deflate),
            (&["*;q=0.1"], gzip),
            (&["gzip;q=0"], None),
            (&["gzip;q=2, deflate;q=x"], None),
            (&["br, identity"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(accepted(values), expected, "{values:?}");
        }
    }

    #[test]
    fn what_is_compressed_can_be_read() {
        let text = "4[\"said\",\"hello\"]\x1e".repeat(500);
        let mut read = String::new();
        let gzip = Encoding::Gzip.compress(text.as_bytes()).unwrap();
        GzDecoder::new(&gzip[..]).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        read.clear();
        let deflate = Encoding::Deflate.compress(text.as_bytes()).unwrap();
        ZlibDecoder::new(&deflate[..]).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn what_would_not_become_shorter_stays_as_it_is() {
        let mut noise = [0; 2000];
        getrandom::fill(&mut noise).unwrap();
        assert_eq!(Encoding::Gzip.compress(&noise), None);
    }
}
