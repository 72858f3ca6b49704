//! Messages in SQLite.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::Serialize;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row, Sqlite};
use uuid::Uuid;

use super::batch::{Batch, Numbered, Stored, key, read_direct, to_stored, unnumbered};
use super::{Appended, Direct, Keep, Message, MessageRepository, NewMessage, Original, Page};
use crate::database::{Lendable as _, SqlitePool, StorageError};
use crate::rooms::Channel;
use crate::users::UserId;

/// The tables `rooms` and `messages` of a SQLite database.
#[derive(Debug, Clone)]
pub struct SqliteMessages {
    pool: SqlitePool,
}

impl SqliteMessages {
    /// Messages in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }
}

/// Messages of a room that are between two numbers, followed by more SQL.
macro_rules! select {
    ($more:literal) => {
        concat!(
            r#"SELECT m.id, m.seq, m."userId", u."fullName", m.message, m."sentAtMillis"
            FROM messages m LEFT JOIN users u ON u.id = m."userId"
            WHERE m.room = ?1 AND m.seq > ?2 AND m.seq < ?3 ORDER BY m.seq "#,
            $more
        )
    };
}

#[async_trait]
impl MessageRepository for SqliteMessages {
    async fn append(&self, messages: &[NewMessage]) -> Result<Vec<Appended>, StorageError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let appending = async |sql: &mut SqliteConnection| {
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            let stored = find_stored(&mut sql, messages).await?;
            let batch = Batch::of(messages, &stored);
            let last_seqs = raise_last_seqs(&mut sql, &batch).await?;
            let numbered = batch.number(last_seqs).ok_or_else(unnumbered)?;
            insert(&mut sql, &numbered).await?;
            sql.commit().await?;
            Ok(numbered.into_results())
        };
        self.pool.lend().await?.within(appending).await
    }

    async fn find(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StorageError> {
        const SQL: &str =
            "SELECT id, seq FROM messages WHERE id IN (SELECT value FROM json_each(?))";
        let finding = async |sql: &mut SqliteConnection| {
            // As a writer it waits for all others, those included whose commit nobody waits for any
            // more.
            let mut sql = sql.begin_with(Sqlite::BEGIN).await?;
            let query = sqlx::query_as(SQL).bind(to_json(&ids)?);
            let found: Vec<(String, i64)> = query.fetch_all(&mut *sql).await?;
            sql.rollback().await?;
            Ok(found)
        };
        let found = self.pool.lend().await?.within(finding).await?;
        let read = |(id, seq): (String, i64)| Ok((read_id(&id)?, seq.cast_unsigned()));
        found.into_iter().map(read).collect()
    }

    async fn last_seqs(&self, channels: &[Channel]) -> Result<HashMap<Channel, u64>, StorageError> {
        const SQL: &str = r#"SELECT name, "lastSeq" FROM rooms
            WHERE name IN (SELECT value FROM json_each(?))"#;
        let names: Vec<_> = channels.iter().map(|channel| channel.name()).collect();
        let query = sqlx::query_as(SQL).bind(to_json(&names)?);
        let rows: Vec<(String, i64)> =
            self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        let read = |(name, seq): (String, i64)| Ok((read_channel(&name)?, seq.cast_unsigned()));
        rows.into_iter().map(read).collect()
    }

    async fn page(&self, channel: &Channel, page: Page) -> Result<Vec<Message>, StorageError> {
        // As for products, a sum keeps SQLite from compiling the statement anew each time.
        const FIRST: &str = select!("LIMIT ?4 + 0");
        const LAST: &str = select!("DESC LIMIT ?4 + 0");
        let (sql, after, before, limit) = match page {
            Page::First { after, before, limit } => (FIRST, after, before, limit),
            Page::Last { before, limit } => (LAST, 0, before, limit),
        };
        let name = channel.name();
        let query = sqlx::query(sql)
            .bind(name.as_ref())
            .bind(to_stored(after))
            .bind(to_stored(before.unwrap_or(u64::MAX)))
            .bind(limit);
        let mut rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        if matches!(page, Page::Last { .. }) {
            rows.reverse();
        }
        rows.iter().map(read_message).collect()
    }

    async fn channels(&self, after: &str, limit: u32) -> Result<Vec<Channel>, StorageError> {
        const SQL: &str = "SELECT name FROM rooms WHERE name > ? ORDER BY name LIMIT ? + 0";
        let query = sqlx::query_scalar(SQL).bind(after).bind(limit);
        let names: Vec<String> = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        names.iter().map(|name| read_channel(name)).collect()
    }

    async fn directs(&self, user: UserId, limit: u32) -> Result<Vec<Direct>, StorageError> {
        const SQL: &str = r#"SELECT r.name, r."lastSeq", u."fullName", m."sentAtMillis" AS at
            FROM rooms r LEFT JOIN users u ON u.id = substr(r.name, 45)
                LEFT JOIN messages m ON m.room = r.name AND m.seq = r."lastSeq"
            WHERE r.name >= 'direct:' || ?1 || ':' AND r.name < 'direct:' || ?1 || ';'
        UNION SELECT r.name, r."lastSeq", u."fullName", m."sentAtMillis"
            FROM rooms r LEFT JOIN users u ON u.id = substr(r.name, 8, 36)
                LEFT JOIN messages m ON m.room = r.name AND m.seq = r."lastSeq"
            WHERE r.name LIKE 'direct:%' AND substr(r.name, 45) = ?1
        ORDER BY at DESC, name LIMIT ?2 + 0"#;
        let query = sqlx::query(SQL).bind(user.to_string()).bind(limit);
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        let read = |row: &SqliteRow| {
            let (seq, full_name) = (row.try_get(1)?, row.try_get(2)?);
            read_direct(row.try_get(0)?, seq, full_name)
        };
        rows.iter().map(read).collect()
    }

    async fn prune(&self, channel: &Channel, keep: Keep, limit: u32) -> Result<u32, StorageError> {
        // What stands before the first one that is kept, if that is among the oldest.
        const SQL: &str = r#"WITH oldest AS (
            SELECT seq, "sentAtMillis" FROM messages WHERE room = ?1 ORDER BY seq LIMIT ?4 + 0
        ) DELETE FROM messages WHERE room = ?1 AND seq < coalesce(
            (SELECT min(seq) FROM oldest WHERE "sentAtMillis" >= ?3
                AND seq > coalesce((SELECT "lastSeq" FROM rooms WHERE name = ?1), 0) - ?2),
            (SELECT max(seq) + 1 FROM oldest))"#;
        let name = channel.name();
        let query = sqlx::query(SQL)
            .bind(name.as_ref())
            .bind(to_stored(keep.count.unwrap_or(u64::MAX)))
            .bind(to_stored(keep.since_millis.unwrap_or(0)))
            .bind(limit);
        let done = self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(limit))
    }
}

/// Those that were sent before.
async fn find_stored(
    sql: &mut SqliteConnection,
    messages: &[NewMessage],
) -> Result<Vec<Stored>, sqlx::Error> {
    // A cross join is done as it is written: the messages are looked up in their index.
    const SQL: &str = r#"SELECT m."userId", m."clientMsgId", m.id, m.room, m.seq, m."sentAtMillis"
        FROM json_each(?) AS sent CROSS JOIN messages m
        WHERE m."userId" = sent.value->>0 AND m."clientMsgId" = sent.value->>1"#;
    let keys = messages.iter().filter_map(key).map(|(user, id)| (user.as_uuid(), id));
    let keys: Vec<_> = keys.collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(SQL).bind(to_json(&keys)?).fetch_all(sql).await?;
    let stored: Result<_, _> = rows.iter().map(read_stored).collect();
    stored.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Makes room for new messages. Gives the number of the last one of each channel that has any.
async fn raise_last_seqs(
    sql: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    const SQL: &str = r#"INSERT INTO rooms (name, "lastSeq")
        SELECT key, value FROM json_each(?) WHERE true
        ON CONFLICT DO UPDATE SET "lastSeq" = "lastSeq" + excluded."lastSeq"
        RETURNING name, "lastSeq""#;
    let growth = batch.growth();
    if growth.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(SQL).bind(to_json(&growth)?).fetch_all(sql).await
}

async fn insert(sql: &mut SqliteConnection, numbered: &Numbered<'_>) -> Result<(), sqlx::Error> {
    const SQL: &str = r#"INSERT INTO messages
        (room, seq, id, "userId", message, "sentAtMillis", "clientMsgId")
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
        FROM json_each(?)"#;
    if numbered.fresh.is_empty() {
        return Ok(());
    }
    let row = |(message, seq): &(&NewMessage, u64)| {
        to_json(&(
            message.channel.name(),
            seq,
            message.id,
            message.user.as_uuid(),
            &message.text,
            to_stored(message.sent_at_millis),
            &message.client_msg_id,
        ))
    };
    let rows: Result<Vec<_>, _> = numbered.fresh.iter().map(row).collect();
    sqlx::query(SQL).bind(format!("[{}]", rows?.join(","))).execute(sql).await?;
    Ok(())
}

fn to_json(value: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn read_stored(row: &SqliteRow) -> Result<Stored, StorageError> {
    Ok(Stored {
        user: UserId::new(read_id(row.try_get(0)?)?),
        client_msg_id: row.try_get(1)?,
        original: Original {
            id: read_id(row.try_get(2)?)?,
            channel: read_channel(row.try_get(3)?)?,
            seq: row.try_get::<i64, _>(4)?.cast_unsigned(),
            sent_at_millis: row.try_get::<i64, _>(5)?.cast_unsigned(),
        },
    })
}

fn read_message(row: &SqliteRow) -> Result<Message, StorageError> {
    Ok(Message {
        id: read_id(row.try_get(0)?)?,
        seq: row.try_get::<i64, _>(1)?.cast_unsigned(),
        user: UserId::new(read_id(row.try_get(2)?)?),
        full_name: row.try_get::<Option<_>, _>(3)?.unwrap_or_default(),
        text: row.try_get(4)?,
        sent_at_millis: row.try_get::<i64, _>(5)?.cast_unsigned(),
    })
}

fn read_id(text: &str) -> Result<Uuid, StorageError> {
    Uuid::parse_str(text).map_err(StorageError::new)
}

fn read_channel(name: &str) -> Result<Channel, StorageError> {
    name.parse().map_err(StorageError::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, testing};
    use crate::messages::conformance;
    use crate::users::SqliteUsers;

    async fn open(folder: &tempfile::TempDir) -> SqlitePool {
        let url = format!("sqlite://{}/messages.db", folder.path().display());
        let Database::Sqlite(pool) = testing::open(&url).await else { panic!("{url} is a file") };
        pool
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder).await;
        let users = SqliteUsers::new(pool.clone());
        conformance::run(&SqliteMessages::new(pool), &users, &Sources::system()).await;
    }

    #[tokio::test]
    async fn messages_are_still_there_when_the_database_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let new = conformance::new_message(&Sources::system(), "lobby");
        let pool = open(&folder).await;
        let messages = SqliteMessages::new(pool.clone());
        messages.append(std::slice::from_ref(&new)).await.unwrap();
        pool.close().await;
        let messages = SqliteMessages::new(open(&folder).await);
        assert_eq!(messages.find(&[new.id]).await.unwrap(), [(new.id, 1)]);
        let again = messages.append(std::slice::from_ref(&new)).await.unwrap();
        assert!(matches!(&again[..], [Appended::Before(Original { seq: 1, .. })]), "{again:?}");
        let next = conformance::new_message(&Sources::system(), "lobby");
        assert_eq!(messages.append(&[next]).await.unwrap(), [Appended::Now { seq: 2 }]);
    }
}
