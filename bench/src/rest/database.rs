//! The databases: one PostgreSQL with a database for each server, and files of SQLite.

use std::io;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::contender::Contender;
use super::data::Dialect;
use crate::load::Fault;
use crate::postgres::{self, blocking};

/// A PostgreSQL with a database for each kind of server.
pub(super) struct Postgres {
    server: postgres::Postgres,
    tertulia: String,
    original: String,
}

impl Postgres {
    /// Starts it, on the cores that this process has. It ends with this process.
    pub(super) fn start() -> Result<Self, Fault> {
        let server = postgres::Postgres::start()?;
        let (tertulia, original) = (server.empty_database(), server.empty_database());
        Ok(Self { server, tertulia, original })
    }

    fn name(&self, contender: Contender) -> &str {
        if contender.is_ours() { &self.tertulia } else { &self.original }
    }

    pub(super) fn url(&self, contender: Contender) -> String {
        self.server.url(self.name(contender))
    }

    /// The variables that lead a server of either kind to it.
    pub(super) fn variables(&self, contender: Contender) -> [(&'static str, String); 5] {
        [
            ("DB_HOST", "127.0.0.1".to_owned()),
            ("DB_PORT", self.server.port().to_string()),
            ("DB_NAME", self.name(contender).to_owned()),
            ("DB_USERNAME", "postgres".to_owned()),
            ("DB_PASSWORD", String::new()),
        ]
    }

    /// User and system time of all its processes, of those included that have ended.
    pub(super) fn cpu_time(&self) -> io::Result<Duration> {
        self.server.cpu_time()
    }
}

/// Fills a database that has its tables.
pub(super) fn fill(url: &str, dialect: Dialect) -> Result<(), Fault> {
    let sql = sqlx::raw_sql(AssertSqlSafe(dialect.fill()));
    blocking(async {
        match dialect {
            Dialect::Sqlite => {
                let mut connection = SqliteConnection::connect(url).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
            Dialect::Postgres => {
                let mut connection = PgConnection::connect(url).await?;
                sql.execute(&mut connection).await?;
                connection.close().await
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Tertulia makes them. PostgreSQL's are filled in every run.
    const TABLES: &str = r#"
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
            "fullName" TEXT NOT NULL, "isActive" INTEGER NOT NULL, roles TEXT NOT NULL
        ) STRICT;
        CREATE TABLE products (
            id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL UNIQUE, price REAL NOT NULL,
            description TEXT, slug TEXT NOT NULL UNIQUE, stock INTEGER NOT NULL,
            sizes TEXT NOT NULL, gender TEXT NOT NULL, tags TEXT NOT NULL,
            "userId" TEXT REFERENCES users (id)
        ) STRICT;
        CREATE TABLE product_images (
            id INTEGER PRIMARY KEY, url TEXT NOT NULL, "productId" TEXT REFERENCES products (id)
        ) STRICT;"#;

    #[test]
    fn a_file_of_sqlite_is_filled() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db?mode=rwc", folder.path().display());
        let one = |sql: &'static str| {
            blocking(async {
                let mut connection = SqliteConnection::connect(&url).await?;
                sqlx::query_scalar::<_, String>(sql).fetch_one(&mut connection).await
            })
        };
        assert!(matches!(fill(&url, Dialect::Sqlite), Err(Fault::Database(_))));
        blocking(async {
            let mut connection = SqliteConnection::connect(&url).await?;
            sqlx::raw_sql(TABLES).execute(&mut connection).await
        })
        .unwrap();
        fill(&url, Dialect::Sqlite).unwrap();
        let counts = "SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM products) \
                      || ' ' || (SELECT count(*) FROM product_images)";
        assert_eq!(one(counts).unwrap(), "100 50 100");
        let sizes = "SELECT sizes FROM products WHERE slug = 'product_07'";
        assert_eq!(one(sizes).unwrap(), r#"["XS","S","M","L","XL"]"#);
    }
}
