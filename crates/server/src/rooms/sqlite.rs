//! Members of rooms in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row, Sqlite};

use super::{Added, Member, MemberRepository, RoomName};
use crate::database::{Lendable as _, SqlitePool, StorageError};
use crate::users::{FullName, UserId};

/// The table `room_members` of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteMembers {
    pool: SqlitePool,
}

impl SqliteMembers {
    /// Members in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl MemberRepository for SqliteMembers {
    async fn add(&self, user: UserId, room: &RoomName, most: usize) -> Result<Added, StorageError> {
        const SQL: &str = r#"INSERT INTO room_members ("userId", room) VALUES (?, ?)"#;
        let adding = async |sql: &mut SqliteConnection| {
            // Whoever comes back writes nothing.
            if standing(sql, user, room).await?.is_member {
                return Ok(Added::Member);
            }
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            let Standing { is_member, rooms } = standing(&mut sql, user, room).await?;
            if is_member {
                return Ok(Added::Member);
            }
            if usize::try_from(rooms).is_ok_and(|rooms| rooms >= most) {
                return Ok(Added::TooManyRooms);
            }
            sqlx::query(SQL).bind(user.to_string()).bind(room.as_str()).execute(&mut *sql).await?;
            sql.commit().await?;
            Ok(Added::Member)
        };
        self.pool.lend().await?.within(adding).await
    }

    async fn remove(&self, user: UserId, room: &RoomName) -> Result<(), StorageError> {
        const SQL: &str = r#"DELETE FROM room_members WHERE "userId" = ? AND room = ?"#;
        let query = sqlx::query(SQL).bind(user.to_string()).bind(room.as_str());
        self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(())
    }

    async fn rooms_of(&self, user: UserId) -> Result<Vec<RoomName>, StorageError> {
        const SQL: &str = r#"SELECT room FROM room_members WHERE "userId" = ? ORDER BY room"#;
        let query = sqlx::query_scalar(SQL).bind(user.to_string());
        let names: Vec<String> = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        names.iter().map(|name| name.parse().map_err(StorageError::new)).collect()
    }

    async fn is_member(&self, user: UserId, room: &RoomName) -> Result<bool, StorageError> {
        let standing = self.pool.lend().await?.within(|sql| standing(sql, user, room)).await?;
        Ok(standing.is_member)
    }

    async fn members(&self, room: &RoomName, limit: u32) -> Result<Vec<Member>, StorageError> {
        const SQL: &str = r#"SELECT u.id, u."fullName"
            FROM room_members m JOIN users u ON u.id = m."userId"
            WHERE m.room = ? AND u."isActive" ORDER BY u."fullName", u.id LIMIT ? + 0"#;
        let query = sqlx::query(SQL).bind(room.as_str()).bind(limit);
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
    sql: &mut SqliteConnection,
    user: UserId,
    room: &RoomName,
) -> Result<Standing, sqlx::Error> {
    const SQL: &str = r#"SELECT count(*) FILTER (WHERE room = ?2) > 0, count(*)
        FROM room_members WHERE "userId" = ?1"#;
    let query = sqlx::query_as(SQL).bind(user.to_string()).bind(room.as_str());
    let (is_member, rooms) = query.fetch_one(sql).await?;
    Ok(Standing { is_member, rooms })
}

fn read_member(row: &SqliteRow) -> Result<Member, StorageError> {
    let user: &str = row.try_get(0)?;
    Ok(Member {
        user: user.parse().map_err(StorageError::new)?,
        full_name: FullName::stored(row.try_get(1)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, testing};
    use crate::rooms::conformance;
    use crate::users::{SqliteUsers, UserRepository as _};

    async fn open(folder: &tempfile::TempDir) -> SqlitePool {
        let url = format!("sqlite://{}/members.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        pool
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder).await;
        let users = SqliteUsers::new(pool.clone());
        conformance::run(&SqliteMembers::new(pool), &users, &Sources::system()).await;
    }

    #[tokio::test]
    async fn members_are_still_there_when_the_database_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder).await;
        let user = crate::users::conformance::new_user(&Sources::system(), "keep@example.com");
        SqliteUsers::new(pool.clone()).insert(&user).await.unwrap();
        let room = "ventas".parse().unwrap();
        SqliteMembers::new(pool.clone()).add(user.id, &room, 1).await.unwrap();
        pool.close().await;
        let members = SqliteMembers::new(open(&folder).await);
        assert!(members.is_member(user.id, &room).await.unwrap());
    }
}
