//! The page that lists every bound, held against the settings.

use engineio::Config;

const PAGE: &str = include_str!("../../../../docs/bounds.md");

/// What depends on the machine, or is none of the engine's bounds.
const OTHER: [&str; 3] = ["path", "shards", "cookie"];

#[test]
fn every_setting_is_listed_with_its_default() {
    let settings = format!("{:?}", Config::default());
    let fields = settings.strip_prefix("Config { ").and_then(|rest| rest.strip_suffix(" }"));
    let fields = fields.unwrap().split(", ").filter_map(|field| field.split_once(": "));
    let mut count = 0;
    for (name, value) in fields.filter(|(name, _)| !OTHER.contains(name)) {
        let row = format!("| `Config::{name}` | {value}");
        let next = PAGE.split_once(&row).and_then(|(_, rest)| rest.chars().next());
        let listed = next.is_some_and(|next| !next.is_ascii_digit());
        assert!(listed, "no row begins with {row:?}");
        count += 1;
    }
    assert_eq!(count, PAGE.matches("\n| `Config::").count() - (OTHER.len() - 1));
}
