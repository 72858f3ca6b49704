//! The files of the web client, ready to be sent.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha1::{Digest as _, Sha1};

use super::embedded;
use super::encoding::Encoded;

/// Where the bundles of Socket.IO lie, which are not pages.
pub(super) const BUNDLES: &str = "socket.io/";

/// One file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes.
    pub body: Encoded,
    /// What it is.
    pub content_type: &'static str,
    /// Changes with its bytes; without quotes.
    pub tag: String,
}

/// All files, by path, without a slash in front.
#[derive(Debug, Default)]
pub struct Assets {
    files: HashMap<String, Asset>,
}

impl Assets {
    /// The files inside the binary.
    pub fn embedded() -> Self {
        Self::from_files(embedded::files().filter(|(path, _)| !path.starts_with(BUNDLES)))
    }

    /// These files; `x.br` and `x.gz` become forms of `x` if there is such a file.
    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let files: HashMap<String, Bytes> = files.into_iter().collect();
        let assets = files
            .iter()
            .filter(|(path, _)| !is_compressed_form(path, &files))
            .map(|(path, bytes)| (path.clone(), Asset::new(path, bytes, &files)))
            .collect();
        Self { files: assets }
    }

    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }
}

impl Asset {
    /// The file `path` of these.
    pub(super) fn new(path: &str, bytes: &Bytes, files: &HashMap<String, Bytes>) -> Self {
        let body = Encoded {
            identity: bytes.clone(),
            gzip: files.get(&format!("{path}.gz")).cloned(),
            brotli: files.get(&format!("{path}.br")).cloned(),
        };
        let tag = URL_SAFE_NO_PAD.encode(Sha1::digest(bytes));
        Self { body, content_type: content_type(path), tag }
    }
}

fn is_compressed_form(path: &str, files: &HashMap<String, Bytes>) -> bool {
    let original = path.strip_suffix(".br").or_else(|| path.strip_suffix(".gz"));
    original.is_some_and(|original| files.contains_key(original))
}

/// What a file is, by its extension.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(files: &[(&str, &'static str)]) -> Assets {
        let files = files.iter();
        Assets::from_files(
            files.map(|(path, text)| ((*path).to_owned(), Bytes::from_static(text.as_bytes()))),
        )
    }

    #[test]
    fn compressed_forms_belong_to_their_file() {
        let assets = assets(&[("a.js", "1"), ("a.js.br", "2"), ("a.js.gz", "3"), ("b.gz", "4")]);
        let file = assets.get("a.js").unwrap();
        assert_eq!(file.body.brotli.as_deref(), Some(b"2".as_slice()));
        assert_eq!(file.body.gzip.as_deref(), Some(b"3".as_slice()));
        assert!(assets.get("a.js.br").is_none());
        assert!(assets.get("b.gz").is_some());
    }

    #[test]
    fn tags_follow_the_bytes() {
        let tag = |text| assets(&[("a", text)]).get("a").unwrap().tag.clone();
        assert_eq!(tag("one"), tag("one"));
        assert_ne!(tag("one"), tag("two"));
    }
}
