//! Products in PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row};
use uuid::Uuid;

use super::{
    ChangeError, Gender, NewProduct, Product, ProductChange, ProductFilter, ProductId,
    ProductRepository, Slug, Taken, Term,
};
use crate::database::{Page, PostgresPool, StorageError};
use crate::users::postgres::read_user;

/// The tables `products` and `product_images` of a PostgreSQL database, as TypeORM made them or as
/// our migration does.
#[derive(Debug, Clone)]
pub struct PostgresProducts {
    pool: PostgresPool,
}

impl PostgresProducts {
    /// Products in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: PostgresPool) -> Self {
        Self { pool }
    }
}

/// The columns that [`read_product`] reads, followed by more SQL.
macro_rules! select {
    ($more:literal) => {
        concat!(
            r#"SELECT p.id, p.title, p.price, p.description, p.slug, p.stock, p.sizes, p.gender,
                p.tags, ARRAY(SELECT url FROM product_images i WHERE i."productId" = p.id
                ORDER BY i.id), u.id, u.email, u."fullName", u."isActive", u.roles
            FROM products p LEFT JOIN users u ON u.id = p."userId" "#,
            $more
        )
    };
}

const BY_ID: &str = select!("WHERE p.id = $1");

#[async_trait]
impl ProductRepository for PostgresProducts {
    async fn list(&self, filter: ProductFilter, page: Page) -> Result<Vec<Product>, StorageError> {
        // The page is cut out first: else the images of all that stand before it would be read too.
        const ALL: &str = select!(
            "WHERE p.id IN (SELECT id FROM products ORDER BY id LIMIT $1 OFFSET $2) ORDER BY p.id"
        );
        const SUITABLE: &str = select!(
            "WHERE p.id IN (SELECT id FROM products WHERE gender IN ($3, 'unisex')
                ORDER BY id LIMIT $1 OFFSET $2)
            ORDER BY p.id"
        );
        let (limit, offset) = (i64::from(page.limit), i64::from(page.offset));
        let query = match filter.gender {
            None => sqlx::query(ALL).bind(limit).bind(offset),
            Some(gender) => sqlx::query(SUITABLE).bind(limit).bind(offset).bind(gender.as_str()),
        };
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(read_product).collect()
    }

    async fn find(&self, term: &Term) -> Result<Option<Product>, StorageError> {
        const BY_NAME: &str = select!(
            "WHERE p.slug = $2 OR upper(p.title) = upper($1)
            ORDER BY p.slug = $2 DESC, p.id LIMIT 1"
        );
        let query = match term {
            Term::Id(id) => sqlx::query(BY_ID).bind(id.as_uuid()),
            // No text in this database has one.
            Term::Name(name) if name.contains('\0') => return Ok(None),
            Term::Name(name) => sqlx::query(BY_NAME).bind(name).bind(name.to_lowercase()),
        };
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        row.as_ref().map(read_product).transpose()
    }

    async fn insert(&self, product: &NewProduct) -> Result<Product, ChangeError> {
        let mut lent = self.pool.lend().await?;
        let row = lent
            .within(async |sql: &mut PgConnection| {
                let mut sql = sql.begin().await?;
                insert(&mut sql, product).await?;
                let row = sqlx::query(BY_ID).bind(product.id.as_uuid()).fetch_one(&mut *sql);
                let row = row.await?;
                sql.commit().await?;
                Ok(row)
            })
            .await;
        Ok(read_product(&row.map_err(why_not)?)?)
    }

    async fn update(
        &self,
        id: ProductId,
        change: &ProductChange,
    ) -> Result<Option<Product>, ChangeError> {
        let mut lent = self.pool.lend().await?;
        let row = lent
            .within(async |sql: &mut PgConnection| {
                let mut sql = sql.begin().await?;
                if !update(&mut sql, id, change).await? {
                    return Ok(None);
                }
                if let Some(images) = &change.images {
                    // Whoever else changes the same product waits for its row, so that this finds
                    // the images that they have left.
                    const REMOVE: &str = r#"DELETE FROM product_images WHERE "productId" = $1"#;
                    sqlx::query(REMOVE).bind(id.as_uuid()).execute(&mut *sql).await?;
                    add_images(&mut sql, id, images).await?;
                }
                let row = sqlx::query(BY_ID).bind(id.as_uuid()).fetch_one(&mut *sql).await?;
                sql.commit().await?;
                Ok(Some(row))
            })
            .await;
        Ok(row.map_err(why_not)?.as_ref().map(read_product).transpose()?)
    }

    async fn remove(&self, id: ProductId) -> Result<bool, StorageError> {
        let query = sqlx::query("DELETE FROM products WHERE id = $1").bind(id.as_uuid());
        let done = self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Adds a product and its images, unless its title or its slug is taken. Says which of the two.
/// The caller's transaction must keep others from writing products meanwhile.
pub(crate) async fn insert_if_free(
    sql: &mut PgConnection,
    product: &NewProduct,
) -> Result<bool, sqlx::Error> {
    const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM products WHERE title = $1 OR slug = $2)";
    let taken = sqlx::query_scalar(TAKEN).bind(&product.title).bind(product.slug.as_str());
    if taken.fetch_one(&mut *sql).await? {
        return Ok(false);
    }
    insert(sql, product).await?;
    Ok(true)
}

/// Adds a product and its images, within the transaction of the caller.
async fn insert(sql: &mut PgConnection, product: &NewProduct) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO products
        (id, title, price, description, slug, stock, sizes, gender, tags, "userId")
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"#;
    sqlx::query(SQL)
        .bind(product.id.as_uuid())
        .bind(&product.title)
        .bind(product.price)
        .bind(product.description.as_deref())
        .bind(product.slug.as_str())
        .bind(product.stock)
        .bind(&product.sizes)
        .bind(product.gender.as_str())
        .bind(&product.tags)
        .bind(product.user.as_uuid())
        .execute(&mut *sql)
        .await?;
    add_images(sql, product.id, &product.images).await
}

async fn add_images(
    sql: &mut PgConnection,
    id: ProductId,
    images: &[String],
) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO product_images (url, "productId")
        SELECT url, $1 FROM unnest($2) WITH ORDINALITY AS image (url, place) ORDER BY place"#;
    if !images.is_empty() {
        sqlx::query(SQL).bind(id.as_uuid()).bind(images).execute(sql).await?;
    }
    Ok(())
}

/// Changes the product itself. Says whether there is one.
async fn update(
    sql: &mut PgConnection,
    id: ProductId,
    change: &ProductChange,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = r#"UPDATE products SET title = coalesce($2, title),
        price = coalesce($3, price), description = CASE WHEN $4 THEN $5 ELSE description END,
        slug = coalesce($6, slug), stock = coalesce($7, stock), sizes = coalesce($8, sizes),
        gender = coalesce($9, gender), tags = coalesce($10, tags), "userId" = $11
        WHERE id = $1"#;
    let (has_description, description) = change.description.new_value();
    let done = sqlx::query(SQL)
        .bind(id.as_uuid())
        .bind(change.title.as_deref())
        .bind(change.price)
        .bind(has_description)
        .bind(description)
        .bind(change.slug.as_ref().map(Slug::as_str))
        .bind(change.stock)
        .bind(change.sizes.as_deref())
        .bind(change.gender.map(Gender::as_str))
        .bind(change.tags.as_deref())
        .bind(change.user.as_uuid())
        .execute(sql)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn why_not(error: StorageError) -> ChangeError {
    match error.taken() {
        Some("UQ_c30f00a871de74c8e8c213acc4a") => ChangeError::Taken(Taken::Title),
        Some("UQ_464f927ae360106b783ed0b4106") => ChangeError::Taken(Taken::Slug),
        _ => error.into(),
    }
}

fn read_product(row: &PgRow) -> Result<Product, StorageError> {
    let user: Option<Uuid> = row.try_get(10)?;
    Ok(Product {
        id: ProductId::new(row.try_get(0)?),
        title: row.try_get(1)?,
        price: row.try_get(2)?,
        description: row.try_get(3)?,
        slug: Slug::stored(row.try_get(4)?),
        stock: row.try_get(5)?,
        sizes: row.try_get(6)?,
        gender: row.try_get(7)?,
        tags: row.try_get(8)?,
        images: row.try_get(9)?,
        user: user.map(|_| read_user(row, 10)).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use test_postgres::Cluster;

    use super::*;
    use crate::database::{Database, testing};
    use crate::products::conformance;
    use crate::users::PostgresUsers;

    #[tokio::test]
    async fn conforms() {
        let url = Cluster::shared().empty_schema();
        let Database::Postgres(pool) = testing::open(&url).await else {
            panic!("{url} is no PostgreSQL")
        };
        let users = PostgresUsers::new(pool.clone());
        conformance::run(&PostgresProducts::new(pool), &users).await;
    }
}
