//! What the databases hold: the same in all.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::users;

pub(super) const USERS: usize = 100;
pub(super) const PRODUCTS: usize = 50;
const IMAGES: usize = 2;

/// `unisex` is left out: whether those who ask for men's products are shown it is nothing to compare.
pub(super) const GENDERS: [&str; 3] = ["men", "women", "kid"];

/// Where lists and truths are written differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// Ids, titles and slugs have one order, so that servers may differ in what they order by.
pub(super) fn id(product: usize) -> Uuid {
    Uuid::from_u128(0x7e27_0000_0000_4000_9000_0000_0000_0000 | product as u128)
}

pub(super) fn title(product: usize) -> String {
    format!("Product {product:02}")
}

pub(super) fn slug(product: usize) -> String {
    format!("product_{product:02}")
}

impl Dialect {
    /// Statements that fill empty tables.
    pub(super) fn fill(self) -> String {
        let mut sql = String::new();
        let mut insert = |table: &str, columns: &str, rows: Vec<String>| {
            let rows = rows.join(",\n  ");
            writeln!(sql, "INSERT INTO {table} ({columns}) VALUES\n  {rows};")
                .expect("a string takes everything");
        };
        insert(
            "users",
            r#"id, email, password, "fullName", "isActive", roles"#,
            (0..USERS).map(|user| self.user(user)).collect(),
        );
        insert(
            "products",
            r#"id, title, price, description, slug, stock, sizes, gender, tags, "userId""#,
            (0..PRODUCTS).map(|product| self.product(product)).collect(),
        );
        insert(
            "product_images",
            r#"id, url, "productId""#,
            (0..PRODUCTS).flat_map(images).collect(),
        );
        // Else PostgreSQL's planner learns how many there are at some moment of the measurement.
        // SQLite's never does, unless it is told to.
        if self == Self::Postgres {
            sql.push_str("ANALYZE;\n");
        }
        sql
    }

    fn user(self, user: usize) -> String {
        let (id, hash, roles) = (users::id(user), users::HASH, self.list(&["user"]));
        format!("('{id}', 'bench{user}@example.com', '{hash}', 'Bench User {user}', true, {roles})")
    }

    fn product(self, product: usize) -> String {
        let (id, title, slug) = (id(product), title(product), slug(product));
        let price = 10.5 + product as f64;
        let description = "A soft fabric of organic cotton with a straight cut, double seams and a \
                           small woven label. Machine washable, made to last for years.";
        let sizes = self.list(&["XS", "S", "M", "L", "XL"]);
        let gender = GENDERS[product % GENDERS.len()];
        let tags = self.list(&["shirt", "cotton"]);
        let user = users::id(product % USERS);
        format!(
            "('{id}', '{title}', {price}, '{description}', '{slug}', {product}, {sizes}, \
             '{gender}', {tags}, '{user}')"
        )
    }

    /// An array: JSON in SQLite. Within the brackets both are written alike.
    fn list(self, words: &[&str]) -> String {
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let words = quoted.join(",");
        match self {
            Self::Sqlite => format!("'[{words}]'"),
            Self::Postgres => format!("'{{{words}}}'"),
        }
    }
}

fn images(product: usize) -> Vec<String> {
    let image = |number: usize| {
        let row = product * IMAGES + number + 1;
        format!("({row}, 'product_{product:02}_{number}.webp', '{}')", id(product))
    };
    (0..IMAGES).map(image).collect()
}
