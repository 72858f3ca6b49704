//! The products of the seed and their pictures, inside the binary.

use std::borrow::Cow;

use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Deserialize;

const PRODUCTS: &str = include_str!("products.json");

#[derive(RustEmbed)]
#[folder = "src/seed/images"]
struct Images;

/// One product, as it stands in `products.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedProduct {
    /// Unique, in whatever case.
    pub(crate) title: String,
    /// Above 0, with at most two decimals.
    pub(crate) price: f64,
    /// One to three sentences.
    pub(crate) description: String,
    /// The title in lower case, with `_` for spaces and without apostrophes.
    pub(crate) slug: String,
    /// 0 to 50.
    pub(crate) stock: i32,
    /// From `XS` to `XXL`; none for what has no size.
    pub(crate) sizes: Vec<String>,
    /// `men`, `women`, `kid` or `unisex`.
    pub(crate) gender: String,
    /// One to four.
    pub(crate) tags: Vec<String>,
    /// Names of two of the [`images`].
    pub(crate) images: Vec<String>,
}

/// All products, in the order in which they are to be stored.
pub(crate) fn products() -> Vec<SeedProduct> {
    serde_json::from_str(PRODUCTS).expect("products.json is embedded, and a unit test parses it")
}

/// All pictures, by their names; 400 by 400 pixels of WebP each.
pub(crate) fn images() -> impl Iterator<Item = (String, Bytes)> {
    Images::iter().filter_map(|name| {
        let bytes = match Images::get(&name)?.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((name.into_owned(), bytes))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    const SIZES: [&str; 6] = ["XS", "S", "M", "L", "XL", "XXL"];

    fn distinct<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> usize {
        values.collect::<HashSet<_>>().len()
    }

    #[test]
    fn there_are_fifty_products_with_titles_and_slugs_of_their_own() {
        let products = products();
        assert_eq!(products.len(), 50);
        assert_eq!(distinct(products.iter().map(|product| product.title.to_uppercase())), 50);
        assert_eq!(distinct(products.iter().map(|product| &product.slug)), 50);
        assert!(products.iter().any(|product| product.title.contains('\'')));
    }

    #[test]
    fn slugs_follow_from_titles() {
        for SeedProduct { title, slug, .. } in products() {
            assert_eq!(slug, title.to_lowercase().replace(' ', "_").replace('\'', ""));
        }
    }

    #[test]
    fn prices_and_stocks_are_within_bounds() {
        let products = products();
        for SeedProduct { title, price, stock, .. } in &products {
            assert!(*price > 0.0 && *price < 1_000.0, "{title}");
            let cents = price * 100.0;
            assert!((cents - cents.round()).abs() < 1e-6, "{title}");
            assert!((0..=50).contains(stock), "{title}");
        }
        assert!(products.iter().any(|product| product.stock == 0));
    }

    #[test]
    fn descriptions_have_one_to_three_sentences() {
        let products = products();
        assert_eq!(distinct(products.iter().map(|product| &product.description)), 50);
        for SeedProduct { title, description, .. } in &products {
            assert!(description.ends_with('.') && description.trim() == description, "{title}");
            assert!((1..=3).contains(&description.matches('.').count()), "{title}");
        }
    }

    #[test]
    fn sizes_are_known_and_ascend() {
        for SeedProduct { title, sizes, .. } in products() {
            let place = |size: &String| SIZES.iter().position(|known| known == size);
            let places: Option<Vec<_>> = sizes.iter().map(place).collect();
            assert!(places.is_some_and(|places| places.is_sorted_by(|a, b| a < b)), "{title}");
        }
    }

    #[test]
    fn there_is_something_for_each_gender() {
        let mut counts = HashMap::new();
        for product in products() {
            *counts.entry(product.gender).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 4);
        for gender in ["men", "women", "kid", "unisex"] {
            assert!(counts.get(gender).is_some_and(|count| *count >= 10), "{gender}: {counts:?}");
        }
    }

    #[test]
    fn tags_are_few_and_distinct() {
        for SeedProduct { title, tags, .. } in products() {
            assert!((1..=4).contains(&tags.len()), "{title}");
            assert_eq!(distinct(tags.iter()), tags.len(), "{title}");
            assert!(
                tags.iter().all(|tag| !tag.is_empty() && *tag == tag.to_lowercase()),
                "{title}"
            );
        }
    }

    #[test]
    fn each_product_names_two_images_after_its_slug() {
        for SeedProduct { slug, images, .. } in products() {
            assert_eq!(images, [format!("{slug}_1.webp"), format!("{slug}_2.webp")]);
            for name in images {
                let stem = name.strip_suffix(".webp").unwrap();
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                assert!(name.len() <= 100 && stem.chars().all(plain), "{name}");
            }
        }
    }

    #[test]
    fn the_images_are_exactly_those_that_products_name() {
        let mut named: Vec<_> = products().into_iter().flat_map(|product| product.images).collect();
        let mut present: Vec<_> = images().map(|(name, _)| name).collect();
        named.sort();
        present.sort();
        assert_eq!(named, present);
    }

    #[test]
    fn images_are_small_webp_without_metadata() {
        for (name, bytes) in images() {
            assert!(bytes.len() < 8_000, "{name} has {} bytes", bytes.len());
            let header = (&bytes[..4], &bytes[8..12]);
            assert_eq!(header, (b"RIFF".as_slice(), b"WEBP".as_slice()), "{name}");
            // Metadata needs the extended format, whose first chunk is called VP8X.
            assert_eq!(&bytes[12..16], b"VP8L", "{name}");
        }
        let total: usize = images().map(|(_, bytes)| bytes.len()).sum();
        assert!(total < 500_000, "{total} bytes");
    }

    #[test]
    fn no_image_is_used_twice() {
        assert_eq!(distinct(images().map(|(_, bytes)| bytes)), 100);
    }
}
