//! The names that images have.

use std::fmt;

use uuid::Uuid;

use super::ImageKind;

/// The name of an image in the folder: one part of a path, without a dot in front, of the
/// characters `A-Z a-z 0-9 . _ -`, at most 255 of them, ending in `.jpg`, `.jpeg`, `.png`, `.gif` or
/// `.webp`. The images of an existing Nest system have such names too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    text: String,
    kind: ImageKind,
    is_generated: bool,
}

/// The text is no name that an image can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an image")]
pub struct NotAnImageName;

impl ImageName {
    /// The longest name, in bytes; file systems take no longer ones.
    pub const MAX_BYTES: usize = 255;

    /// Checks the form of a name.
    pub fn parse(text: &str) -> Result<Self, NotAnImageName> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let (stem, extension) = text.rsplit_once('.').ok_or(NotAnImageName)?;
        let kind = ImageKind::of_extension(extension).ok_or(NotAnImageName)?;
        let is_name = !stem.is_empty()
            && !stem.starts_with('.')
            && stem.bytes().all(is_plain)
            && text.len() <= Self::MAX_BYTES;
        if !is_name {
            return Err(NotAnImageName);
        }
        let id = stem.parse::<Uuid>().map(|id| id.hyphenated().to_string());
        Ok(Self { text: text.to_owned(), kind, is_generated: id.is_ok_and(|id| id == stem) })
    }

    /// The name of an image that was uploaded.
    pub(super) fn generated(id: Uuid, kind: ImageKind) -> Self {
        let text = format!("{}.{}", id.hyphenated(), kind.extension());
        Self { text, kind, is_generated: true }
    }

    /// The kind that the name promises.
    pub const fn kind(&self) -> ImageKind {
        self.kind
    }

    /// Whether it is an id that nothing else will ever have, so that its content never changes.
    pub const fn is_generated(&self) -> bool {
        self.is_generated
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_images() {
        let name = |text| ImageName::parse(text).unwrap();
        let generated = ImageName::generated(Uuid::nil(), ImageKind::Webp);
        assert_eq!(generated, name("00000000-0000-0000-0000-000000000000.webp"));
        assert!(generated.is_generated());
        assert_eq!(name("8529107-00-A_0_2000.jpg").kind(), ImageKind::Jpeg);
        assert!(!name("8529107-00-A_0_2000.jpg").is_generated());
        assert!(!name("00000000000000000000000000000000.png").is_generated());
        assert_eq!(name("-a..b.gif").to_string(), "-a..b.gif");
        let longest = format!("{}.jpeg", "x".repeat(250));
        assert_eq!(name(&longest).as_str(), longest);
    }

    #[test]
    fn names_of_anything_else() {
        for text in [
            "",
            ".",
            "..",
            ".png",
            "png",
            "a.svg",
            "a.PNG",
            "a.png ",
            "a.png.",
            "..png",
            ".a.png",
            "../a.png",
            "a/b.png",
            "/a.png",
            "a\\b.png",
            "C:a.png",
            "a\0.png",
            "a.png\0",
            "%61.png",
            "\u{e1}.png",
            "a\u{2215}b.png",
            "a b.png",
        ] {
            assert_eq!(ImageName::parse(text), Err(NotAnImageName), "{text:?}");
        }
        assert!(ImageName::parse(&format!("{}.jpeg", "x".repeat(251))).is_err());
    }

    /// The same said as a grammar.
    const NAME: &str = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,40}\\.(jpg|jpeg|png|gif|webp)";

    proptest! {
        #[test]
        fn what_has_the_form_is_a_name(text in NAME) {
            let name = ImageName::parse(&text).unwrap();
            prop_assert_eq!(name.as_str(), text);
        }

        #[test]
        fn whatever_is_a_name_is_one_plain_part_of_a_path(
            text in "([./\\\\%\0a-]|\\.\\.|é){0,6}(\\.png|\\.jpg)?",
        ) {
            if ImageName::parse(&text).is_ok() {
                let parts: Vec<_> = Path::new(&text).components().collect();
                prop_assert_eq!(parts, [Component::Normal(text.as_ref())]);
                prop_assert!(!text.starts_with('.') && !text.contains(['/', '\\', '%', '\0']));
            }
        }

        #[test]
        fn one_foreign_character_is_enough(text in NAME, at in any::<prop::sample::Index>(),
            foreign in "[^A-Za-z0-9._-]") {
            let at = at.index(text.len() + 1);
            let spoilt = format!("{}{foreign}{}", &text[..at], &text[at..]);
            prop_assert!(ImageName::parse(&spoilt).is_err());
        }
    }
}
