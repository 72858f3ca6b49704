//! The catalogue as clients read it: `docs/events.md` for people, `docs/events.ts` for compilers.

#![expect(clippy::format_push_string, reason = "it is written once, not while anyone waits")]

mod markdown;
mod outline;
mod typescript;

use outline::Outline;

/// The text of `docs/events.md`.
pub fn markdown() -> String {
    markdown::of(&Outline::of_catalogue())
}

/// The text of `docs/events.ts`.
pub fn typescript() -> String {
    typescript::of(&Outline::of_catalogue())
}
