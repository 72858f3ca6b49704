//! The seed in PostgreSQL.

use async_trait::async_trait;
use uuid::Uuid;

use super::{Added, SeedRepository};
use crate::database::{PostgresPool, StorageError};
use crate::products::{self, NewProduct};
use crate::users::{self, Credentials, Email, UserId};

/// A PostgreSQL database whose schema is up to date.
#[derive(Debug, Clone)]
pub(crate) struct PostgresSeed(pub(crate) PostgresPool);

#[async_trait]
impl SeedRepository for PostgresSeed {
    async fn add_missing(
        &self,
        users: &[Credentials],
        owner: &Email,
        products: &(dyn Fn(UserId) -> Vec<NewProduct> + Send + Sync),
    ) -> Result<Added, StorageError> {
        // Others may read meanwhile. Two that find the same gap could not both fill it.
        const LOCK: &str = "LOCK TABLE users, products IN SHARE ROW EXCLUSIVE MODE";
        const OWNER: &str = "SELECT id FROM users WHERE email = $1";
        const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM products WHERE title = $1 OR slug = $2)";
        let mut transaction = self.0.begin().await?;
        transaction.within(|sql| sqlx::query(LOCK).execute(sql)).await?;
        let mut added = Added::default();
        for user in users {
            let inserted = transaction.within(|sql| users::postgres::insert_if_free(sql, user));
            added.users += usize::from(inserted.await?);
        }
        let owner = sqlx::query_scalar(OWNER).bind(owner.as_str());
        let owner: Uuid = transaction.within(|sql| owner.fetch_one(sql)).await?;
        for product in products(UserId::new(owner)) {
            let taken = sqlx::query_scalar(TAKEN).bind(&product.title).bind(product.slug.as_str());
            let taken: bool = transaction.within(|sql| taken.fetch_one(sql)).await?;
            if !taken {
                transaction.within(|sql| products::postgres::insert(sql, &product)).await?;
                added.products += 1;
            }
        }
        transaction.commit().await?;
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use test_postgres::Cluster;

    use super::*;
    use crate::database::{Database, testing};
    use crate::products::PostgresProducts;
    use crate::seed::conformance;
    use crate::users::PostgresUsers;

    #[tokio::test]
    async fn conforms() {
        let url = Cluster::shared().empty_schema();
        let Database::Postgres(pool) = testing::open(&url).await else {
            panic!("{url} is no PostgreSQL")
        };
        let users = PostgresUsers::new(pool.clone());
        let products = PostgresProducts::new(pool.clone());
        conformance::run(&PostgresSeed(pool), &users, &products).await;
    }
}
