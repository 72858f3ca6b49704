//! The catalogue of events as clients read it.

use std::path::Path;

/// `make generate` writes them, by way of this test.
#[test]
fn what_is_kept_of_the_catalogue_is_current() {
    for (path, current) in [
        ("docs/events.md", tertulia::events::markdown()),
        ("docs/events.ts", tertulia::events::typescript()),
        ("web/src/protocol/events.ts", tertulia::events::typescript()),
    ] {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
        if std::env::var_os("UPDATE_EVENTS").is_some() {
            std::fs::write(&kept, &current).unwrap();
        }
        let kept = std::fs::read_to_string(kept).unwrap_or_default();
        assert!(kept == current, "{path} is not current: `make generate` writes it");
    }
}
