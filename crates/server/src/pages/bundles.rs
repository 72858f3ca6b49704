//! The client bundles of Socket.IO, for whoever serves `/socket.io/*.js`.

use std::collections::HashMap;

use bytes::Bytes;

use super::assets::BUNDLES;
use super::embedded;
use super::encoding::Encoded;

/// What the paths of the bundles answer in a binary that was built without them.
pub const BUNDLES_MISSING: &str = "The Socket.IO client is not part of this binary, which was \
    built without Node. Run `make build` to build one that has it.\n";

/// One file of the package `socket.io-client`.
#[derive(Debug, Clone)]
pub struct ClientBundle {
    /// Its name, such as `socket.io.min.js`.
    pub name: String,
    /// As the original sends it.
    pub content_type: &'static str,
    /// Its bytes.
    pub body: Encoded,
    /// The version of the package: in quotes, the `ETag` of each of its files.
    pub version: String,
}

/// The bundles inside the binary, with their maps; none if it was built without them.
pub fn client_bundles() -> Vec<ClientBundle> {
    let files = embedded::files();
    read_bundles(
        files.filter_map(|(path, bytes)| Some((path.strip_prefix(BUNDLES)?.to_owned(), bytes))),
    )
}

fn read_bundles(files: impl Iterator<Item = (String, Bytes)>) -> Vec<ClientBundle> {
    let files: HashMap<String, Bytes> = files.collect();
    let version = files.get("VERSION").and_then(|bytes| std::str::from_utf8(bytes).ok());
    let Some(version) = version.map(str::trim) else {
        return Vec::new();
    };
    let bundle = |(name, bytes): (&String, &Bytes)| {
        let content_type = match name.rsplit_once('.') {
            Some((_, "js")) => "application/javascript; charset=utf-8",
            Some((_, "map")) => "application/json; charset=utf-8",
            _ => return None,
        };
        let body = Encoded {
            identity: bytes.clone(),
            gzip: files.get(&format!("{name}.gz")).cloned(),
            brotli: files.get(&format!("{name}.br")).cloned(),
        };
        Some(ClientBundle { name: name.clone(), content_type, body, version: version.to_owned() })
    };
    files.iter().filter_map(bundle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundles(names: &[&str]) -> Vec<ClientBundle> {
        let files = names.iter().map(|name| ((*name).to_owned(), Bytes::from_static(b"4.8.1\n")));
        let mut bundles = read_bundles(files);
        bundles.sort_by(|a, b| a.name.cmp(&b.name));
        bundles
    }

    #[test]
    fn have_the_version_of_their_package() {
        let bundles = bundles(&["VERSION", "socket.io.js", "socket.io.js.map", "socket.io.js.br"]);
        let names: Vec<_> = bundles.iter().map(|bundle| bundle.name.as_str()).collect();
        assert_eq!(names, ["socket.io.js", "socket.io.js.map"]);
        assert_eq!(bundles[0].version, "4.8.1");
        assert!(bundles[0].body.brotli.is_some() && bundles[1].body.brotli.is_none());
        assert_eq!(bundles[0].content_type, "application/javascript; charset=utf-8");
    }

    #[test]
    fn there_are_none_without_a_version() {
        assert!(bundles(&["socket.io.js"]).is_empty());
    }
}
