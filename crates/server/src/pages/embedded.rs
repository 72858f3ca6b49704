//! What was in `web/dist` when this crate was compiled; nothing if it was never built.

use std::borrow::Cow;

use bytes::Bytes;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct WebDist;

/// All files, by their paths relative to `web/dist`.
pub(super) fn files() -> impl Iterator<Item = (String, Bytes)> {
    WebDist::iter().filter_map(|path| {
        let bytes = match WebDist::get(&path)?.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((path.into_owned(), bytes))
    })
}
