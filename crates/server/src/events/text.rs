//! Texts of bounded length: the bound is part of the type, of the check and of the schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A text of `MIN` to `MAX` characters (Unicode scalar values); without numbers, any. It is borrowed
/// from the payload, unless that has escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a, const MIN: usize = 0, const MAX: usize = { usize::MAX }>(Cow<'a, str>);

impl<const MIN: usize, const MAX: usize> Text<'_, MIN, MAX> {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has more characters than this.
    pub(crate) fn is_longer_than(&self, chars: usize) -> bool {
        // Seldom has to count: there are never more characters than bytes.
        self.0.len() > chars && self.0.chars().nth(chars).is_some()
    }

    fn is_shorter_than(&self, chars: usize) -> bool {
        chars > 0 && self.0.chars().nth(chars - 1).is_none()
    }
}

impl<'de: 'a, 'a, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<'a, MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Any<'a>(#[serde(borrow)] Cow<'a, str>);

        let text = Self(Any::deserialize(deserializer)?.0);
        if text.is_shorter_than(MIN) || text.is_longer_than(MAX) {
            return Err(D::Error::custom(format_args!("must be {MIN} to {MAX} characters long")));
        }
        Ok(text)
    }
}

impl<const MIN: usize, const MAX: usize> JsonSchema for Text<'_, MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Text_{MIN}_{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string" });
        if MIN > 0 {
            schema.insert("minLength".to_owned(), MIN.into());
        }
        if MAX < usize::MAX {
            schema.insert("maxLength".to_owned(), MAX.into());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_the_texts_within_the_bounds_are_read(text in ".{0,6}") {
            let json = serde_json::to_string(&text).unwrap();
            let read = serde_json::from_str::<Text<'_, 2, 4>>(&json);
            prop_assert_eq!(read.is_ok(), (2..=4).contains(&text.chars().count()));
            if let Ok(read) = read {
                prop_assert_eq!(read.as_str(), text);
            }
        }
    }

    #[test]
    fn a_text_without_escapes_is_not_copied() {
        let read = |json| serde_json::from_str::<Text<'_>>(json).unwrap().0;
        assert!(matches!(read(r#""hola""#), Cow::Borrowed("hola")));
        assert!(matches!(read(r#""hol\u00e1""#), Cow::Owned(_)));
    }
}
