//! The part of an address that stands for a product.

/// A slug: in lower case, without spaces and apostrophes. Unique among products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Makes a slug of a title, or of what someone gives as a slug.
    pub fn of(text: &str) -> Self {
        Self(text.to_lowercase().replace(' ', "_").replace('\'', ""))
    }

    /// A slug that is already stored, whatever rules were in force then.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_titles() {
        assert_eq!(Slug::of("Men's Rain Coat").as_str(), "mens_rain_coat");
        assert_eq!(Slug::of("ÑANDÚ  2").as_str(), "ñandú__2");
        assert_eq!(Slug::of("'").as_str(), "");
    }

    proptest! {
        /// The model goes letter by letter.
        #[test]
        fn agrees_with_its_rules(text in "\\PC{0,40}") {
            let mut model = String::new();
            for letter in text.to_lowercase().chars() {
                match letter {
                    ' ' => model.push('_'),
                    '\'' => {}
                    other => model.push(other),
                }
            }
            let slug = Slug::of(&text);
            prop_assert_eq!(slug.as_str(), &model);
            prop_assert_eq!(Slug::of(&model), slug, "a slug of a slug is the same");
        }
    }
}
