//! The contract of whatever keeps products.

use async_trait::async_trait;

use super::{Gender, Product, ProductId, Slug, Term};
use crate::database::{Page, StorageError};
use crate::users::UserId;

/// Keeps products.
///
/// Every implementation passes the `conformance` suite of this module. Guarantees:
///
/// - What a call answered is durable: it survives the death of the process and the machine.
/// - Titles and slugs are unique. Of any number of writes of one of them at the same time, one
///   succeeds.
/// - A product and its images change in one transaction: nobody sees the one without the other, and
///   of several changes at once the images are those of one of them.
/// - Every call ends within the configured timeout, by [`StorageError`] if need be.
/// - A call whose future is dropped has either happened as a whole or not at all.
#[async_trait]
pub trait ProductRepository: Send + Sync + std::fmt::Debug {
    /// Products in the order of their ids, which no change of theirs moves.
    async fn list(&self, filter: ProductFilter, page: Page) -> Result<Vec<Product>, StorageError>;

    /// The product that the term stands for, `None` if there is none. Of a name that is the slug of
    /// one and the title of another, the slug counts.
    async fn find(&self, term: &Term) -> Result<Option<Product>, StorageError>;

    /// Adds a product; it as it is then.
    async fn insert(&self, product: &NewProduct) -> Result<Product, ChangeError>;

    /// Changes a product, in one step; it as it is then, `None` if there is none with this id.
    async fn update(
        &self,
        id: ProductId,
        change: &ProductChange,
    ) -> Result<Option<Product>, ChangeError>;

    /// Removes a product with its images. Says whether there was one.
    async fn remove(&self, id: ProductId) -> Result<bool, StorageError>;
}

/// Which products are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Those that suit someone of this gender: its own, and those for everyone.
    pub gender: Option<Gender>,
}

/// A product that is not stored yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProduct {
    /// Drawn by the caller. Later ones should sort behind earlier ones.
    pub id: ProductId,
    /// Must not be taken.
    pub title: String,
    /// Above 0, or 0 if it is not said.
    pub price: f64,
    /// May be absent.
    pub description: Option<String>,
    /// Must not be taken.
    pub slug: Slug,
    /// How many there are.
    pub stock: i32,
    /// In which it comes.
    pub sizes: Vec<String>,
    /// Whom it is for.
    pub gender: Gender,
    /// What it is found by.
    pub tags: Vec<String>,
    /// Names or addresses of its images, in their order.
    pub images: Vec<String>,
    /// Who makes it. Must exist.
    pub user: UserId,
}

/// What is to be different about a product; the rest stays.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductChange {
    /// Must not be taken.
    pub title: Option<String>,
    /// Above 0.
    pub price: Option<f64>,
    /// Itself, or that there is to be none.
    pub description: DescriptionChange,
    /// Must not be taken.
    pub slug: Option<Slug>,
    /// How many there are.
    pub stock: Option<i32>,
    /// In which it comes.
    pub sizes: Option<Vec<String>>,
    /// Whom it is for.
    pub gender: Option<Gender>,
    /// What it is found by.
    pub tags: Option<Vec<String>>,
    /// All of its images.
    pub images: Option<Vec<String>>,
    /// Who changes it. Must exist.
    pub user: UserId,
}

/// What becomes of a description.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DescriptionChange {
    /// Nothing.
    #[default]
    Keep,
    /// It is removed.
    Remove,
    /// It is replaced.
    Replace(String),
}

impl DescriptionChange {
    /// Whether there is a change, and what the description is after it.
    pub fn new_value(&self) -> (bool, Option<&str>) {
        match self {
            Self::Keep => (false, None),
            Self::Remove => (true, None),
            Self::Replace(text) => (true, Some(text)),
        }
    }
}

/// What two products cannot both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The title.
    Title,
    /// The slug.
    Slug,
}

/// Why a product was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Another product has the title or the slug.
    #[error("the {0:?} is taken")]
    Taken(Taken),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
