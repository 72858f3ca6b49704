//! The seed in SQLite.

use async_trait::async_trait;

use super::{Added, SeedRepository};
use crate::database::{SqlitePool, StorageError};
use crate::products::{self, NewProduct};
use crate::users::{self, Credentials, Email, UserId};

/// A SQLite database whose schema is up to date.
#[derive(Debug, Clone)]
pub(crate) struct SqliteSeed(pub(crate) SqlitePool);

#[async_trait]
impl SeedRepository for SqliteSeed {
    async fn add_missing(
        &self,
        users: &[Credentials],
        owner: &Email,
        products: &(dyn Fn(UserId) -> Vec<NewProduct> + Send + Sync),
    ) -> Result<Added, StorageError> {
        const OWNER: &str = "SELECT id FROM users WHERE email = ?";
        let mut transaction = self.0.begin().await?;
        let mut added = Added::default();
        for user in users {
            let inserted = transaction.within(|sql| users::sqlite::insert_if_free(sql, user));
            added.users += usize::from(inserted.await?);
        }
        let owner = sqlx::query_scalar(OWNER).bind(owner.as_str());
        let owner: String = transaction.within(|sql| owner.fetch_one(sql)).await?;
        for product in products(owner.parse().map_err(StorageError::new)?) {
            let inserted =
                transaction.within(|sql| products::sqlite::insert_if_free(sql, &product));
            added.products += usize::from(inserted.await?);
        }
        transaction.commit().await?;
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, testing};
    use crate::products::SqliteProducts;
    use crate::seed::conformance;
    use crate::users::SqliteUsers;

    #[tokio::test]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/seed.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        let users = SqliteUsers::new(pool.clone());
        let products = SqliteProducts::open(pool.clone()).await.unwrap();
        conformance::run(&SqliteSeed(pool), &users, &products).await;
    }
}
