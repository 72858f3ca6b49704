//! Users in PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Postgres, Row};

use super::{
    Account, AddError, Adding, Credentials, Email, FullName, InsertError, NewUser, PasswordHash,
    Role, User, UserChange, UserId, UserRepository,
};
use crate::database::{LongTransaction, Page, PostgresPool, StorageError};

/// The table `users` of a PostgreSQL database, as TypeORM made it or as our migration does.
#[derive(Debug, Clone)]
pub struct PostgresUsers {
    pool: PostgresPool,
}

impl PostgresUsers {
    /// Users in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: PostgresPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl UserRepository for PostgresUsers {
    async fn find_account(&self, id: UserId) -> Result<Option<Account>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs"
            FROM users LEFT JOIN token_revocations ON "userId" = id WHERE id = $1"#;
        let query = sqlx::query(SQL).bind(id.as_uuid());
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        row.as_ref().map(read_account).transpose()
    }

    async fn find_accounts(&self, ids: &[UserId]) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs"
            FROM users LEFT JOIN token_revocations ON "userId" = id WHERE id = ANY($1)"#;
        let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
        let query = sqlx::query(SQL).bind(ids);
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(read_account).collect()
    }

    async fn find_credentials(&self, email: &Email) -> Result<Option<Credentials>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs", password
            FROM users LEFT JOIN token_revocations ON "userId" = id WHERE email = $1"#;
        let query = sqlx::query(SQL).bind(email.as_str());
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(Credentials {
            user: read_user(&row, 0)?,
            password: PasswordHash::new(row.try_get("password")?),
            tokens_since_secs: read_since(&row)?,
        }))
    }

    async fn list(&self, page: Page) -> Result<Vec<User>, StorageError> {
        // By bytes, as SQLite compares, whatever the locale of the database.
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles FROM users
            ORDER BY email COLLATE "C" LIMIT $1 OFFSET $2"#;
        let (limit, offset) = (i64::from(page.limit), i64::from(page.offset));
        let query = sqlx::query(SQL).bind(limit).bind(offset);
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(|row| read_user(row, 0)).collect()
    }

    async fn update(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StorageError> {
        const SQL: &str = r#"WITH changed AS (
            UPDATE users SET "fullName" = coalesce($2, "fullName"),
                "isActive" = coalesce($3, "isActive"), roles = coalesce($4, roles),
                password = coalesce($5, password)
            WHERE id = $1 RETURNING id, email, "fullName", "isActive", roles
        ), revoked AS (
            INSERT INTO token_revocations ("userId", "sinceSecs")
            SELECT id, $6 FROM changed WHERE $6::bigint IS NOT NULL
            ON CONFLICT ("userId") DO UPDATE
                SET "sinceSecs" =
                    greatest(token_revocations."sinceSecs" + 1, excluded."sinceSecs")
        ) SELECT id, email, "fullName", "isActive", roles FROM changed"#;
        let since = change.password.as_ref().map(|password| password.tokens_since_secs);
        let query = sqlx::query(SQL)
            .bind(id.as_uuid())
            .bind(change.full_name.as_ref().map(FullName::as_str))
            .bind(change.is_active)
            .bind(change.roles.as_deref().map(write_roles))
            .bind(change.password.as_ref().map(|password| password.hash.expose()))
            .bind(since.map(|secs| i64::try_from(secs).unwrap_or(i64::MAX)));
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        row.map(|row| read_user(&row, 0)).transpose()
    }

    async fn insert(&self, user: &NewUser) -> Result<(), InsertError> {
        const SQL: &str = r#"INSERT INTO users (id, email, password, "fullName", roles)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING"#;
        let query = sqlx::query(SQL)
            .bind(user.id.as_uuid())
            .bind(user.email.as_str())
            .bind(user.password.expose())
            .bind(user.full_name.as_str())
            .bind(write_roles(&user.roles));
        let done = self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        if done.rows_affected() == 0 { Err(InsertError::EmailTaken) } else { Ok(()) }
    }

    async fn begin_adding(&self) -> Result<Box<dyn Adding + '_>, StorageError> {
        Ok(Box::new(PostgresAdding(self.pool.begin().await?)))
    }

    async fn ping(&self) -> Result<(), StorageError> {
        let query = sqlx::query("SELECT 1");
        self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(())
    }
}

/// The transaction in which users are added.
struct PostgresAdding(LongTransaction<Postgres>);

#[async_trait]
impl Adding for PostgresAdding {
    async fn add(&mut self, added: &Credentials) -> Result<(), AddError> {
        const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE email = $1)";
        if self.0.within(|sql| insert_if_free(sql, added)).await? {
            return Ok(());
        }
        let query = sqlx::query_scalar(TAKEN).bind(added.user.email.as_str());
        let taken = self.0.within(|sql| query.fetch_one(sql)).await?;
        Err(if taken { AddError::EmailTaken } else { AddError::IdTaken })
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.0.commit().await
    }
}

/// Adds a user as they are, unless their email or their id is taken. Says which of the two. That it
/// is taken is no error, which would end the transaction.
pub(crate) async fn insert_if_free(
    sql: &mut PgConnection,
    added: &Credentials,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = r#"INSERT INTO users (id, email, password, "fullName", "isActive", roles)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"#;
    let Credentials { user, password, .. } = added;
    let done = sqlx::query(SQL)
        .bind(user.id.as_uuid())
        .bind(user.email.as_str())
        .bind(password.expose())
        .bind(user.full_name.as_str())
        .bind(user.is_active)
        .bind(write_roles(&user.roles))
        .execute(sql)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads the columns id, email, fullName, isActive and roles, the first of which is the given one.
pub(crate) fn read_user(row: &PgRow, first: usize) -> Result<User, StorageError> {
    let roles: Vec<String> = row.try_get(first + 4)?;
    Ok(User {
        id: UserId::new(row.try_get(first)?),
        email: Email::stored(row.try_get(first + 1)?),
        full_name: FullName::stored(row.try_get(first + 2)?),
        is_active: row.try_get(first + 3)?,
        roles: Role::known(roles.iter().map(String::as_str)),
    })
}

/// Reads the columns of a user, and since when tokens count.
fn read_account(row: &PgRow) -> Result<Account, StorageError> {
    Ok(Account { user: read_user(row, 0)?, tokens_since_secs: read_since(row)? })
}

/// Since when tokens count.
fn read_since(row: &PgRow) -> Result<u64, StorageError> {
    let since: Option<i64> = row.try_get("sinceSecs")?;
    Ok(since.map_or(0, i64::cast_unsigned))
}

fn write_roles(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use test_postgres::Cluster;

    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, testing};
    use crate::users::conformance;

    async fn users(url: &str) -> PostgresUsers {
        let Database::Postgres(pool) = testing::open(url).await else {
            panic!("{url} is no PostgreSQL")
        };
        PostgresUsers::new(pool)
    }

    #[tokio::test]
    async fn conforms() {
        let url = Cluster::shared().empty_schema();
        conformance::run(&users(&url).await, &Sources::system()).await;
    }

    #[tokio::test]
    async fn two_servers_may_start_at_once() {
        let url = Cluster::shared().empty_schema();
        let servers = futures_util::future::join_all((0..4).map(|_| users(&url))).await;
        for server in servers {
            server.ping().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_database_that_went_away_is_an_error_and_comes_back_by_itself() {
        let cluster = Cluster::start();
        let users = users(&cluster.url("")).await;
        let user = conformance::new_user(&Sources::system(), "ada@example.com");
        users.insert(&user).await.unwrap();
        cluster.stop();
        assert!(users.ping().await.is_err());
        assert!(users.find(user.id).await.is_err());
        cluster.start_again();
        assert_eq!(users.find(user.id).await.unwrap(), Some(user.into_user()));
    }
}
