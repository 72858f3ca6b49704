//! What the shop sells: the domain types of a product, the contract of the repository that keeps
//! them, its implementations, and the routes.

mod body;
#[cfg(test)]
mod conformance;
pub(crate) mod postgres;
mod product;
mod query;
mod repository;
mod routes;
mod slug;
pub(crate) mod sqlite;

pub use postgres::PostgresProducts;
pub use product::{Gender, Product, ProductId, Term};
pub use repository::{
    ChangeError, DescriptionChange, NewProduct, ProductChange, ProductFilter, ProductRepository,
    Taken,
};
pub(crate) use routes::{ProductsState, routes};
pub use slug::Slug;
pub use sqlite::SqliteProducts;
