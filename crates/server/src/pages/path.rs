//! Which paths of requests may name files.

use percent_encoding::percent_decode_str;

/// The one folder whose name begins with a dot and that is meant for others (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// A path below a folder of files: decoded once, without a slash in front, perhaps with one behind.
/// No part of it is empty, hidden or leads upwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePath(String);

impl FilePath {
    /// What the path of a request names; `None` if that can be no file.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        let parts = path.strip_suffix('/').unwrap_or(&path);
        let visible = parts.strip_prefix(WELL_KNOWN).filter(|rest| is_end_of_part(rest));
        let visible = visible.map_or(parts, |rest| rest.trim_start_matches('/'));
        let allowed = path.is_empty() || parts.split('/').all(|part| !part.is_empty());
        (allowed && visible.split('/').all(is_visible)).then(|| Self(path.into_owned()))
    }

    /// The folder itself.
    pub(super) fn root() -> Self {
        Self(String::new())
    }

    /// Whether it is the folder itself.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Relative to the folder.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first part; empty for the folder itself.
    pub(super) fn first(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

fn is_end_of_part(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Whether files of this name are shown. Other systems take a backslash for a slash.
fn is_visible(part: &str) -> bool {
    !part.starts_with('.') && !part.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str) -> Option<String> {
        FilePath::parse(path).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn files_and_folders() {
        for (path, file) in [
            ("/", ""),
            ("/a.txt", "a.txt"),
            ("/products/a%20b.png", "products/a b.png"),
            ("/docs/", "docs/"),
            ("/%61pi/x", "api/x"),
            ("/a..b/c.", "a..b/c."),
            ("/.well-known/security.txt", ".well-known/security.txt"),
            ("/.well-known", ".well-known"),
            ("/%252e%252e/a", "%2e%2e/a"),
        ] {
            assert_eq!(parsed(path).as_deref(), Some(file), "{path}");
        }
        assert_eq!(FilePath::parse("/%61pi/x").unwrap().first(), "api");
    }

    #[test]
    fn what_can_be_no_file() {
        for path in [
            "",
            "*",
            "//",
            "//a",
            "/a//b",
            "/..",
            "/../a",
            "/a/../b",
            "/a/%2e%2e/b",
            "/%2e%2e%2fa",
            "/a%2f..%2fb",
            "/./a",
            "/.env",
            "/a/.git/config",
            "/.well-known/.env",
            "/.well-knownx/a",
            "/a/.well-known/b",
            "/..%5ca",
            "/a%5cb",
            "/a%00.txt",
            "/a%0ab",
            "/%ff",
        ] {
            assert_eq!(parsed(path), None, "{path}");
        }
    }
}
