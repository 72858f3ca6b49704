//! What is done when the seed is asked for.

use std::sync::Arc;

use super::catalogue::{self, SeedProduct};
use super::people::{Person, people};
use super::{Added, SeedRepository};
use crate::auth::{Accounts, HashError};
use crate::clock::Sources;
use crate::database::StorageError;
use crate::files::{ImageName, ImageStore};
use crate::products::{Gender, NewProduct, ProductId, Slug};
use crate::users::{Credentials, UserId};

/// Puts users and products to try things out with into the database. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    repository: Arc<dyn SeedRepository>,
    images: ImageStore,
    accounts: Accounts,
    sources: Sources,
}

/// Why the seed was not put into the database.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A picture could not be written.
    #[error("the folder of images failed: {0}")]
    Images(#[from] std::io::Error),
}

impl Seed {
    pub(crate) fn new(
        repository: Arc<dyn SeedRepository>,
        images: ImageStore,
        accounts: Accounts,
        sources: Sources,
    ) -> Self {
        Self { repository, images, accounts, sources }
    }

    /// Adds what is missing and leaves the rest as it is: first the pictures, then, in one
    /// transaction, the users and the products, so that no product lacks its pictures.
    pub(crate) async fn sow(&self) -> Result<Added, SeedError> {
        for (name, bytes) in catalogue::images() {
            let name = ImageName::parse(&name).expect("a unit test of the catalogue says so");
            self.images.put(&name, &bytes).await?;
        }
        let people = people();
        let owner = people[0].email.clone();
        let mut missing = Vec::new();
        for Person { email, full_name, password, role } in people {
            // A hash takes long, and one for a user who exists would be for nothing.
            if !self.accounts.exists(&email).await? {
                let user = self.accounts.prepare(email, full_name, password, vec![role]).await?;
                let password = user.password.clone();
                missing.push(Credentials {
                    user: user.into_user(),
                    password,
                    tokens_since_secs: 0,
                });
            }
        }
        let products = |owner| {
            let products = catalogue::products().into_iter();
            products.map(|product| self.new_product(product, owner)).collect()
        };
        let added = self.repository.add_missing(&missing, &owner, &products).await?;
        tracing::info!(users = added.users, products = added.products, "the seed was sown");
        Ok(added)
    }

    fn new_product(&self, product: SeedProduct, user: UserId) -> NewProduct {
        NewProduct {
            id: ProductId::new(self.sources.timed_id()),
            title: product.title,
            price: product.price,
            description: Some(product.description),
            slug: Slug::of(&product.slug),
            stock: product.stock,
            sizes: product.sizes,
            gender: Gender::parse(&product.gender).expect("a unit test of the catalogue says so"),
            tags: product.tags,
            images: product.images,
            user,
        }
    }
}
