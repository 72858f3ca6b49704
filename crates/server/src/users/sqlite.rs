//! Users in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row, Sqlite};

use super::{
    Account, AddError, Adding, Credentials, Email, FullName, InsertError, NewUser, PasswordHash,
    Role, User, UserChange, UserId, UserRepository,
};
use crate::database::{Lendable as _, LongTransaction, Page, SqlitePool, StorageError};

/// The table `users` of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteUsers {
    pool: SqlitePool,
}

impl SqliteUsers {
    /// Users in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl UserRepository for SqliteUsers {
    async fn find_account(&self, id: UserId) -> Result<Option<Account>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs"
            FROM users LEFT JOIN token_revocations ON "userId" = id WHERE id = ?"#;
        let query = sqlx::query(SQL).bind(id.to_string());
        let row = self.pool.lend().await?.within(|sql| query.fetch_optional(sql)).await?;
        row.as_ref().map(read_account).transpose()
    }

    async fn find_accounts(&self, ids: &[UserId]) -> Result<Vec<Account>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs"
            FROM users LEFT JOIN token_revocations ON "userId" = id
            WHERE id IN (SELECT value FROM json_each(?))"#;
        let ids: Vec<_> = ids.iter().map(UserId::to_string).collect();
        let query = sqlx::query(SQL).bind(serde_json::Value::from(ids).to_string());
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(read_account).collect()
    }

    async fn find_credentials(&self, email: &Email) -> Result<Option<Credentials>, StorageError> {
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles, "sinceSecs", password
            FROM users LEFT JOIN token_revocations ON "userId" = id WHERE email = ?"#;
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
        // As for products, a sum keeps SQLite from compiling the statement anew each time.
        const SQL: &str = r#"SELECT id, email, "fullName", "isActive", roles FROM users
            ORDER BY email LIMIT ? + 0 OFFSET ?"#;
        let query = sqlx::query(SQL).bind(page.limit).bind(page.offset);
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(|row| read_user(row, 0)).collect()
    }

    async fn update(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StorageError> {
        const SQL: &str = r#"UPDATE users SET "fullName" = coalesce(?, "fullName"),
            "isActive" = coalesce(?, "isActive"), roles = coalesce(?, roles),
            password = coalesce(?, password)
            WHERE id = ? RETURNING id, email, "fullName", "isActive", roles"#;
        const REVOKE: &str = r#"INSERT INTO token_revocations ("userId", "sinceSecs") VALUES (?, ?)
            ON CONFLICT DO UPDATE SET "sinceSecs" = max("sinceSecs" + 1, excluded."sinceSecs")"#;
        let updating = async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            let query = sqlx::query(SQL)
                .bind(change.full_name.as_ref().map(FullName::as_str))
                .bind(change.is_active)
                .bind(change.roles.as_deref().map(write_roles))
                .bind(change.password.as_ref().map(|password| password.hash.expose()))
                .bind(id.to_string());
            let row = query.fetch_optional(&mut *sql).await?;
            if let (Some(_), Some(password)) = (&row, &change.password) {
                let since = write_since(password.tokens_since_secs);
                sqlx::query(REVOKE).bind(id.to_string()).bind(since).execute(&mut *sql).await?;
            }
            sql.commit().await?;
            Ok(row)
        };
        let row = self.pool.lend().await?.within(updating).await?;
        row.map(|row| read_user(&row, 0)).transpose()
    }

    async fn insert(&self, user: &NewUser) -> Result<(), InsertError> {
        const SQL: &str =
            r#"INSERT INTO users (id, email, password, "fullName", roles) VALUES (?, ?, ?, ?, ?)"#;
        let query = sqlx::query(SQL)
            .bind(user.id.to_string())
            .bind(user.email.as_str())
            .bind(user.password.expose())
            .bind(user.full_name.as_str())
            .bind(write_roles(&user.roles));
        match self.pool.lend().await?.within(|sql| query.execute(sql)).await {
            Ok(_) => Ok(()),
            Err(error) if error.taken() == Some("users.email") => Err(InsertError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    async fn begin_adding(&self) -> Result<Box<dyn Adding + '_>, StorageError> {
        Ok(Box::new(SqliteAdding(self.pool.begin().await?)))
    }

    async fn ping(&self) -> Result<(), StorageError> {
        let query = sqlx::query("SELECT 1");
        self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(())
    }
}

/// The transaction in which users are added.
struct SqliteAdding(LongTransaction<Sqlite>);

#[async_trait]
impl Adding for SqliteAdding {
    async fn add(&mut self, added: &Credentials) -> Result<(), AddError> {
        match self.0.within(|sql| insert_if_free(sql, added)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(AddError::EmailTaken),
            Err(error) if error.taken() == Some("users.id") => Err(AddError::IdTaken),
            Err(error) => Err(error.into()),
        }
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.0.commit().await
    }
}

/// Adds a user as they are, unless their email is taken. Says which of the two.
pub(crate) async fn insert_if_free(
    sql: &mut SqliteConnection,
    added: &Credentials,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = r#"INSERT INTO users (id, email, password, "fullName", "isActive", roles)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING"#;
    let Credentials { user, password, .. } = added;
    let done = sqlx::query(SQL)
        .bind(user.id.to_string())
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
pub(crate) fn read_user(row: &SqliteRow, first: usize) -> Result<User, StorageError> {
    let id: &str = row.try_get(first)?;
    let roles: &str = row.try_get(first + 4)?;
    Ok(User {
        id: id.parse().map_err(StorageError::new)?,
        email: Email::stored(row.try_get(first + 1)?),
        full_name: FullName::stored(row.try_get(first + 2)?),
        is_active: row.try_get(first + 3)?,
        roles: read_roles(roles)?,
    })
}

/// Reads the columns of a user, and since when tokens count.
fn read_account(row: &SqliteRow) -> Result<Account, StorageError> {
    Ok(Account { user: read_user(row, 0)?, tokens_since_secs: read_since(row)? })
}

/// Since when tokens count.
fn read_since(row: &SqliteRow) -> Result<u64, StorageError> {
    let since: Option<i64> = row.try_get("sinceSecs")?;
    Ok(since.map_or(0, i64::cast_unsigned))
}

fn write_since(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}

fn read_roles(json: &str) -> Result<Vec<Role>, StorageError> {
    let names: Vec<&str> = serde_json::from_str(json).map_err(StorageError::new)?;
    Ok(Role::known(names))
}

fn write_roles(roles: &[Role]) -> String {
    let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    serde_json::Value::from(names).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, testing};
    use crate::users::conformance;

    async fn users(folder: &tempfile::TempDir) -> SqliteUsers {
        let url = format!("sqlite://{}/users.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        SqliteUsers::new(pool)
    }

    #[tokio::test]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        conformance::run(&users(&folder).await, &Sources::system()).await;
    }

    #[tokio::test]
    async fn users_are_still_there_when_the_database_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let user = conformance::new_user(&Sources::system(), "keep@example.com");
        {
            let users = users(&folder).await;
            users.insert(&user).await.unwrap();
            users.pool.close().await;
        }
        assert_eq!(users(&folder).await.find(user.id).await.unwrap(), Some(user.into_user()));
    }

    #[tokio::test]
    async fn what_is_no_user_is_an_error_and_not_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let users = users(&folder).await;
        let user = conformance::new_user(&Sources::system(), "odd@example.com");
        users.insert(&user).await.unwrap();
        let query = sqlx::query("UPDATE users SET roles = 'nonsense'");
        users.pool.lend().await.unwrap().within(|sql| query.execute(sql)).await.unwrap();
        assert!(users.find(user.id).await.is_err());
    }

    #[tokio::test]
    async fn a_closed_database_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let users = users(&folder).await;
        users.pool.close().await;
        assert!(users.ping().await.is_err());
    }
}
