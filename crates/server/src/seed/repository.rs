//! The contract of whatever the seed is put into.

use async_trait::async_trait;

use crate::database::StorageError;
use crate::products::NewProduct;
use crate::users::{Credentials, Email, UserId};

/// Puts users and products into a database in which some of them may be already.
///
/// Every implementation passes the `conformance` suite of this module.
#[async_trait]
pub(crate) trait SeedRepository: Send + Sync + std::fmt::Debug {
    /// Adds, in one transaction, the users whose email is free, then the products whose title and
    /// slug are free. The products are made for the id of the user with the email `owner`, who must
    /// exist by then. Whatever is there already stays as it is. Of several calls at the same time
    /// one waits for the other.
    async fn add_missing(
        &self,
        users: &[Credentials],
        owner: &Email,
        products: &(dyn Fn(UserId) -> Vec<NewProduct> + Send + Sync),
    ) -> Result<Added, StorageError>;
}

/// How much was missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) users: usize,
    pub(crate) products: usize,
}
