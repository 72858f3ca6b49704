//! Members of rooms in PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row};

use super::{Added, Member, MemberRepository, RoomName};
use crate::database::{PostgresPool, StorageError};
use crate::users::{FullName, UserId};

/// The table `room_members` of a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresMembers {
    pool: PostgresPool,
}

impl PostgresMembers {
    /// Members in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: PostgresPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl MemberRepository for PostgresMembers {
    async fn add(&self, user: UserId, room: &RoomName, most: usize) -> Result<Added, StorageError> {
        // Of several that add the same user, one after the other counts rooms. Who only refers to the
        // user, as another table does, does not wait.
        const LOCK: &str = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";
        let adding = async |sql: &mut PgConnection| {
            // Whoever comes back writes nothing.
            if standing(sql, user, room).await?.is_member {
                return Ok(Added::Member);
            }
            let mut sql = sql.begin().await?;
            sqlx::query(LOCK).bind(user.as_uuid()).execute(&mut *sql).await?;
            let Standing { is_member, rooms } = standing(&mut sql, user, room).await?;
            let is_full = usize::try_from(rooms).is_ok_and(|rooms| rooms >= most);
            let added = if is_member {
                Added::Member
            } else if is_full {
                Added::TooManyRooms
            } else {
                insert(&mut sql, user, room).await?;
                Added::Member
            };
            // Whatever it is: a transaction that is dropped keeps its lock until the connection is used
            // again. One that failed has none.
            sql.commit().await?;
            Ok(added)
        };
        self.pool.lend().await?.within(adding).await
    }

    async fn remove(&self, user: UserId, room: &RoomName) -> Result<(), StorageError> {
        const SQL: &str = r#"DELETE FROM room_members WHERE "userId" = $1 AND room = $2"#;
        let query = sqlx::query(SQL).bind(user.as_uuid()).bind(room.as_str());
        self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(())
    }

    async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomName>, StorageError> {
        const SQL: &str = r#"SELECT room FROM room_members WHERE "userId" = $1 ORDER BY room"#;
        let query = sqlx::query_scalar(SQL).bind(user.as_uuid());
        let names: Vec<String> = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        names.iter().map(|name| name.parse().map_err(StorageError::new)).collect()
    }

    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError> {
        let standing = self.pool.lend().await?.within(|sql| standing(sql, user, room)).await?;
        Ok(standing.is_member)
    }

    async fn members(&self, room: &RoomName, limit: u32) -> Result<Vec<Member>, StorageError> {
        // By bytes, as SQLite compares, whatever the locale of the database.
        const SQL: &str = r#"SELECT u.id, u."fullName"
            FROM room_members m JOIN users u ON u.id = m."userId"
            WHERE m.room = $1 AND u."isActive" ORDER BY u."fullName" COLLATE "C", u.id LIMIT $2"#;
        let query = sqlx::query(SQL).bind(room.as_str()).bind(i64::from(limit));
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        rows.iter().map(read_member).collect()
    }
}

/// How a user stands to a room, and of how many they are a member.
struct Standing {
    is_member: bool,
    rooms: i64,
}

async fn standing(
    sql: &mut PgConnection,
    user: UserId,
    room: &RoomName,
) -> Result<Standing, sqlx::Error> {
    const SQL: &str = r#"SELECT count(*) FILTER (WHERE room = $2) > 0, count(*)
        FROM room_members WHERE "userId" = $1"#;
    let query = sqlx::query_as(SQL).bind(user.as_uuid()).bind(room.as_str());
    let (is_member, rooms) = query.fetch_one(sql).await?;
    Ok(Standing { is_member, rooms })
}

async fn insert(sql: &mut PgConnection, user: UserId, room: &RoomName) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO room_members ("userId", room) VALUES ($1, $2)"#;
    sqlx::query(SQL).bind(user.as_uuid()).bind(room.as_str()).execute(sql).await?;
    Ok(())
}

fn read_member(row: &PgRow) -> Result<Member, StorageError> {
    Ok(Member { user: UserId::new(row.try_get(0)?), full_name: FullName::stored(row.try_get(1)?) })
}

#[cfg(test)]
mod tests {
    use test_postgres::Cluster;

    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, testing};
    use crate::rooms::conformance;
    use crate::users::PostgresUsers;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn conforms() {
        let url = Cluster::shared().empty_schema();
        let Database::Postgres(pool) = testing::open(&url).await else {
            panic!("{url} is no PostgreSQL")
        };
        let users = PostgresUsers::new(pool.clone());
        conformance::run(&PostgresMembers::new(pool), &users, &Sources::system()).await;
    }
}
