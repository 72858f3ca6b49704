//! The seed in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqlitePool;

use super::{Added, SeedRepository};
use crate::database::StorageError;
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
        const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM products WHERE title = ? OR slug = ?)";
        let mut sql = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let mut added = Added::default();
        for user in users {
            added.users += usize::from(users::sqlite::insert_if_free(&mut sql, user).await?);
        }
        let owner = sqlx::query_scalar(OWNER).bind(owner.as_str());
        let owner: String = owner.fetch_one(&mut *sql).await?;
        for product in products(owner.parse().map_err(StorageError::new)?) {
            let taken = sqlx::query_scalar(TAKEN).bind(&product.title).bind(product.slug.as_str());
            let taken: bool = taken.fetch_one(&mut *sql).await?;
            if !taken {
                products::sqlite::insert(&mut sql, &product).await?;
                added.products += 1;
            }
        }
        sql.commit().await?;
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
        let (users, products) = (SqliteUsers::new(pool.clone()), SqliteProducts::new(pool.clone()));
        conformance::run(&SqliteSeed(pool), &users, &products).await;
    }
}
