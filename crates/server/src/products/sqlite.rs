//! Products in SQLite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row, Sqlite};

use super::{
    ChangeError, Gender, NewProduct, Product, ProductChange, ProductFilter, ProductId,
    ProductRepository, Slug, Taken, Term,
};
use crate::database::{Lendable as _, Page, SqlitePool, StorageError};
use crate::users::sqlite::read_user;

/// The tables `products` and `product_images` of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteProducts {
    pool: SqlitePool,
}

/// Titles that are folded in one transaction when the database is opened.
const FOLDED_AT_ONCE: u32 = 1_000;

impl SqliteProducts {
    /// Products in the database of this pool, whose schema is up to date.
    pub(crate) async fn open(pool: SqlitePool) -> Result<Self, StorageError> {
        let products = Self { pool };
        while products.fold_some_titles().await? {}
        Ok(products)
    }

    /// Folds titles that were written before there was a place for it, or by something else than a
    /// server. Says whether there were any.
    async fn fold_some_titles(&self) -> Result<bool, StorageError> {
        const SOME: &str =
            r#"SELECT id, title FROM products WHERE "foldedTitle" IS NULL ORDER BY id LIMIT ?"#;
        const FOLD: &str = r#"UPDATE products SET "foldedTitle" = ? WHERE id = ? AND title = ?"#;
        let some = sqlx::query_as(SOME).bind(FOLDED_AT_ONCE);
        let mut lent = self.pool.lend().await?;
        let unfolded: Vec<(String, String)> = lent.within(|sql| some.fetch_all(sql)).await?;
        if unfolded.is_empty() {
            return Ok(false);
        }
        drop(lent);
        let mut transaction = self.pool.begin().await?;
        for (id, title) in unfolded {
            let query = sqlx::query(FOLD).bind(fold(&title)).bind(id).bind(title);
            transaction.within(|sql| query.execute(sql)).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// The columns that [`read_product`] reads, followed by more SQL. The images are in no order: to sort a
/// handful of them SQLite would make a table for each product, which costs more than the look-up.
macro_rules! select {
    ($more:literal) => {
        concat!(
            r#"SELECT p.id, p.title, p.price, p.description, p.slug, p.stock, p.sizes, p.gender,
                p.tags, (SELECT json_group_object(i.id, i.url) FROM product_images i
                WHERE i."productId" = p.id), u.id, u.email, u."fullName", u."isActive", u.roles
            FROM products p LEFT JOIN users u ON u.id = p."userId" "#,
            $more
        )
    };
}

const BY_ID: &str = select!("WHERE p.id = ?1");

#[async_trait]
impl ProductRepository for SqliteProducts {
    async fn list(&self, filter: ProductFilter, page: Page) -> Result<Vec<Product>, StorageError> {
        // A bare parameter as the limit is part of the plan: SQLite compiles the statement anew each
        // time that it is bound. A sum is not.
        const ALL: &str = select!("ORDER BY p.id LIMIT ?1 + 0 OFFSET ?2");
        const SUITABLE: &str =
            select!("WHERE p.gender IN (?3, 'unisex') ORDER BY p.id LIMIT ?1 + 0 OFFSET ?2");
        let query = match filter.gender {
            None => sqlx::query(ALL).bind(page.limit).bind(page.offset),
            Some(gender) => {
                sqlx::query(SUITABLE).bind(page.limit).bind(page.offset).bind(gender.as_str())
            }
        };
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(read_product).collect()
    }

    async fn find(&self, term: &Term) -> Result<Option<Product>, StorageError> {
        // An OR with an ORDER BY makes SQLite collect and sort what one look at an index can tell.
        const BY_NAME: &str = select!(
            r#"WHERE p.id = coalesce((SELECT id FROM products WHERE slug = ?2),
                (SELECT min(id) FROM products WHERE "foldedTitle" = ?1))"#
        );
        let query = match term {
            Term::Id(id) => sqlx::query(BY_ID).bind(id.to_string()),
            Term::Name(name) => sqlx::query(BY_NAME).bind(fold(name)).bind(name.to_lowercase()),
        };
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        row.as_ref().map(read_product).transpose()
    }

    async fn insert(&self, product: &NewProduct) -> Result<Product, ChangeError> {
        let mut lent = self.pool.lend().await?;
        let row = lent
            .within(async |sql: &mut SqliteConnection| {
                let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
                insert(&mut sql, product).await?;
                let row = sqlx::query(BY_ID).bind(product.id.to_string()).fetch_one(&mut *sql);
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
            .within(async |sql: &mut SqliteConnection| {
                let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
                if !update(&mut sql, id, change).await? {
                    return Ok(None);
                }
                if let Some(images) = &change.images {
                    const REMOVE: &str = r#"DELETE FROM product_images WHERE "productId" = ?"#;
                    sqlx::query(REMOVE).bind(id.to_string()).execute(&mut *sql).await?;
                    add_images(&mut sql, id, images).await?;
                }
                let row = sqlx::query(BY_ID).bind(id.to_string()).fetch_one(&mut *sql).await?;
                sql.commit().await?;
                Ok(Some(row))
            })
            .await;
        Ok(row.map_err(why_not)?.as_ref().map(read_product).transpose()?)
    }

    async fn remove(&self, id: ProductId) -> Result<bool, StorageError> {
        let query = sqlx::query("DELETE FROM products WHERE id = ?").bind(id.to_string());
        let done = self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Adds a product and its images, unless its title or its slug is taken. Says which of the two.
/// The caller's transaction must keep others from writing products meanwhile.
pub(crate) async fn insert_if_free(
    sql: &mut SqliteConnection,
    product: &NewProduct,
) -> Result<bool, sqlx::Error> {
    const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM products WHERE title = ? OR slug = ?)";
    let taken = sqlx::query_scalar(TAKEN).bind(&product.title).bind(product.slug.as_str());
    if taken.fetch_one(&mut *sql).await? {
        return Ok(false);
    }
    insert(sql, product).await?;
    Ok(true)
}

/// Adds a product and its images, within the transaction of the caller.
async fn insert(sql: &mut SqliteConnection, product: &NewProduct) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO products
        (id, title, price, description, slug, stock, sizes, gender, tags, "userId", "foldedTitle")
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"#;
    sqlx::query(SQL)
        .bind(product.id.to_string())
        .bind(&product.title)
        .bind(product.price)
        .bind(product.description.as_deref())
        .bind(product.slug.as_str())
        .bind(product.stock)
        .bind(to_json(&product.sizes))
        .bind(product.gender.as_str())
        .bind(to_json(&product.tags))
        .bind(product.user.to_string())
        .bind(fold(&product.title))
        .execute(&mut *sql)
        .await?;
    add_images(sql, product.id, &product.images).await
}

async fn add_images(
    sql: &mut SqliteConnection,
    id: ProductId,
    images: &[String],
) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO product_images (url, "productId")
        SELECT value, ?1 FROM json_each(?2) ORDER BY key"#;
    if !images.is_empty() {
        sqlx::query(SQL).bind(id.to_string()).bind(to_json(images)).execute(sql).await?;
    }
    Ok(())
}

/// Changes the product itself. Says whether there is one.
async fn update(
    sql: &mut SqliteConnection,
    id: ProductId,
    change: &ProductChange,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = r#"UPDATE products SET title = coalesce(?2, title),
        price = coalesce(?3, price), description = iif(?4, ?5, description),
        slug = coalesce(?6, slug), stock = coalesce(?7, stock), sizes = coalesce(?8, sizes),
        gender = coalesce(?9, gender), tags = coalesce(?10, tags), "userId" = ?11,
        "foldedTitle" = coalesce(?12, "foldedTitle") WHERE id = ?1"#;
    let (has_description, description) = change.description.new_value();
    let done = sqlx::query(SQL)
        .bind(id.to_string())
        .bind(change.title.as_deref())
        .bind(change.price)
        .bind(has_description)
        .bind(description)
        .bind(change.slug.as_ref().map(Slug::as_str))
        .bind(change.stock)
        .bind(change.sizes.as_deref().map(to_json))
        .bind(change.gender.map(Gender::as_str))
        .bind(change.tags.as_deref().map(to_json))
        .bind(change.user.to_string())
        .bind(change.title.as_deref().map(fold))
        .execute(sql)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A text in upper case, letter by letter, as `upper` is in Postgres: a letter of which Unicode makes
/// several, such as the German sharp s, stays as it is.
fn fold(text: &str) -> String {
    let upper = |letter: char| {
        let mut upper = letter.to_uppercase();
        if upper.len() == 1 { upper.next() } else { Some(letter) }
    };
    text.chars().filter_map(upper).collect()
}

fn why_not(error: StorageError) -> ChangeError {
    match error.taken() {
        Some("products.title") => ChangeError::Taken(Taken::Title),
        Some("products.slug") => ChangeError::Taken(Taken::Slug),
        _ => error.into(),
    }
}

fn to_json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn read_product(row: &SqliteRow) -> Result<Product, StorageError> {
    let images: BTreeMap<i64, String> = from_json(row.try_get(9)?)?;
    let user: Option<&str> = row.try_get(10)?;
    Ok(Product {
        id: from_text(row.try_get(0)?)?,
        title: row.try_get(1)?,
        price: row.try_get(2)?,
        description: row.try_get(3)?,
        slug: Slug::stored(row.try_get(4)?),
        stock: row.try_get(5)?,
        sizes: from_json(row.try_get(6)?)?,
        gender: row.try_get(7)?,
        tags: from_json(row.try_get(8)?)?,
        images: images.into_values().collect(),
        user: user.map(|_| read_user(row, 10)).transpose()?,
    })
}

fn from_text(id: &str) -> Result<ProductId, StorageError> {
    id.parse().map_err(StorageError::new)
}

fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, StorageError> {
    serde_json::from_str(json).map_err(StorageError::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, testing};
    use crate::products::conformance;
    use crate::users::SqliteUsers;

    #[tokio::test]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/products.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        let users = SqliteUsers::new(pool.clone());
        conformance::run(&SqliteProducts::open(pool).await.unwrap(), &users).await;
    }

    #[tokio::test]
    async fn titles_that_are_there_already_are_found_in_any_case() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/products.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        // What a database held before there were folded titles.
        let number = FOLDED_AT_ONCE + 1;
        let sql = r"WITH RECURSIVE numbers (n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT INTO products (id, title, slug, sizes, gender)
            SELECT printf('00000000-0000-4000-8000-%012d', n), 'Ñandú ' || n, n, '[]', 'kid'
            FROM numbers";
        let query = sqlx::query(sql).bind(number);
        pool.lend().await.unwrap().within(|sql| query.execute(sql)).await.unwrap();
        let products = SqliteProducts::open(pool).await.unwrap();
        for number in [1, number] {
            let found = products.find(&Term::parse(&format!("ñANDÚ {number}"))).await.unwrap();
            assert_eq!(found.unwrap().title, format!("Ñandú {number}"));
        }
    }
}
