//! What there is to try things out with: two users whom everybody knows, fifty products of a shop,
//! and their pictures. All of it is inside the binary; `scripts/draw-products.mjs` draws the
//! pictures.

mod catalogue;
#[cfg(test)]
mod conformance;
mod people;
mod postgres;
mod repository;
mod routes;
mod sowing;
mod sqlite;

pub(crate) use people::{PASSWORD, PEOPLE};
pub(crate) use postgres::PostgresSeed;
pub(crate) use repository::{Added, SeedRepository};
pub use routes::SeedAccess;
pub(crate) use routes::{SeedState, routes};
pub(crate) use sowing::Seed;
pub use sowing::SeedError;
pub(crate) use sqlite::SqliteSeed;
