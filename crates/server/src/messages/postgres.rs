//! Messages in PostgreSQL.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row};
use uuid::Uuid;

use super::batch::{Batch, Numbered, Stored, key, read_direct, to_stored, unnumbered};
use super::{Appended, Direct, Keep, Message, MessageRepository, NewMessage, Original, Page};
use crate::database::{PostgresPool, StorageError};
use crate::rooms::Channel;
use crate::users::UserId;

/// The tables `rooms` and `messages` of a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresMessages {
    pool: PostgresPool,
}

/// How often messages are stored anew, because another server stored some of them at the same time,
/// before that is an error.
const ATTEMPTS: u32 = 3;

/// The index in which other servers' messages are met.
const CLIENT_MSG_ID: &str = "messages_client_msg_id";

impl PostgresMessages {
    /// Messages in the database of this pool, whose schema is up to date.
    pub(crate) fn new(pool: PostgresPool) -> Self {
        Self { pool }
    }
}

/// Messages of a room that are between two numbers, followed by more SQL.
macro_rules! select {
    ($more:literal) => {
        concat!(
            r#"SELECT m.id, m.seq, m."userId", u."fullName", m.message, m."sentAtMillis"
            FROM messages m LEFT JOIN users u ON u.id = m."userId"
            WHERE m.room = $1 AND m.seq > $2 AND m.seq < $3 ORDER BY m.seq "#,
            $more
        )
    };
}

#[async_trait]
impl MessageRepository for PostgresMessages {
    async fn append(&self, messages: &[NewMessage]) -> Result<Vec<Appended>, StorageError> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let appending = async |sql: &mut PgConnection| {
            let mut sql = sql.begin().await?;
            let results = append(&mut sql, messages).await?;
            sql.commit().await?;
            Ok(results)
        };
        let mut lent = self.pool.lend().await?;
        let mut attempts = 1..=ATTEMPTS;
        loop {
            let last = attempts.next() == Some(ATTEMPTS);
            match lent.within(appending).await {
                Err(error) if error.taken() == Some(CLIENT_MSG_ID) && !last => {}
                result => return result,
            }
        }
    }

    async fn find(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, u64)>, StorageError> {
        // Whoever stores messages has written to this table, and so holds a lock with which this one
        // does not go together: it waits for them, those included whose commit nobody waits for any
        // more.
        const WAIT: &str = "LOCK TABLE rooms IN SHARE MODE";
        const SQL: &str = "SELECT id, seq FROM messages WHERE id = ANY($1)";
        let finding = async |sql: &mut PgConnection| {
            let mut sql = sql.begin().await?;
            sqlx::query(WAIT).execute(&mut *sql).await?;
            let found: Vec<(Uuid, i64)> =
                sqlx::query_as(SQL).bind(ids).fetch_all(&mut *sql).await?;
            sql.commit().await?;
            Ok(found)
        };
        let found = self.pool.lend().await?.within(finding).await?;
        Ok(found.into_iter().map(|(id, seq)| (id, seq.cast_unsigned())).collect())
    }

    async fn last_seqs(&self, channels: &[Channel]) -> Result<HashMap<Channel, u64>, StorageError> {
        const SQL: &str = r#"SELECT name, "lastSeq" FROM rooms WHERE name = ANY($1)"#;
        let names: Vec<_> = channels.iter().map(|channel| channel.name().into_owned()).collect();
        let query = sqlx::query_as(SQL).bind(names);
        let rows: Vec<(String, i64)> =
            self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        let read = |(name, seq): (String, i64)| Ok((read_channel(&name)?, seq.cast_unsigned()));
        rows.into_iter().map(read).collect()
    }

    async fn page(&self, channel: &Channel, page: Page) -> Result<Vec<Message>, StorageError> {
        const FIRST: &str = select!("LIMIT $4");
        const LAST: &str = select!("DESC LIMIT $4");
        let (sql, after, before, limit) = match page {
            Page::First { after, before, limit } => (FIRST, after, before, limit),
            Page::Last { before, limit } => (LAST, 0, before, limit),
        };
        let name = channel.name();
        let query = sqlx::query(sql)
            .bind(name.as_ref())
            .bind(to_stored(after))
            .bind(to_stored(before.unwrap_or(u64::MAX)))
            .bind(i64::from(limit));
        let mut rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        if matches!(page, Page::Last { .. }) {
            rows.reverse();
        }
        rows.iter().map(read_message).collect()
    }

    async fn channels(&self, after: &str, limit: u32) -> Result<Vec<Channel>, StorageError> {
        const SQL: &str = "SELECT name FROM rooms WHERE name > $1 ORDER BY name LIMIT $2";
        let query = sqlx::query_scalar(SQL).bind(after).bind(i64::from(limit));
        let names: Vec<String> = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        names.iter().map(|name| read_channel(name)).collect()
    }

    async fn directs(&self, user: UserId, limit: u32) -> Result<Vec<Direct>, StorageError> {
        const SQL: &str = r#"SELECT r.name, r."lastSeq", u."fullName", m."sentAtMillis" AS at
            FROM rooms r LEFT JOIN users u ON u.id = substr(r.name, 45)::uuid
                LEFT JOIN messages m ON m.room = r.name AND m.seq = r."lastSeq"
            WHERE r.name >= 'direct:' || $1 || ':' AND r.name < 'direct:' || $1 || ';'
        UNION SELECT r.name, r."lastSeq", u."fullName", m."sentAtMillis"
            FROM rooms r LEFT JOIN users u ON u.id = substr(r.name, 8, 36)::uuid
                LEFT JOIN messages m ON m.room = r.name AND m.seq = r."lastSeq"
            WHERE r.name LIKE 'direct:%' AND substr(r.name, 45) = $1
        ORDER BY at DESC NULLS LAST, name LIMIT $2"#;
        let query = sqlx::query(SQL).bind(user.to_string()).bind(i64::from(limit));
        let rows = self.pool.lend().await?.within(|sql| query.fetch_all(sql)).await?;
        let read = |row: &PgRow| {
            let (seq, full_name) = (row.try_get(1)?, row.try_get(2)?);
            read_direct(row.try_get(0)?, seq, full_name)
        };
        rows.iter().map(read).collect()
    }

    async fn prune(&self, channel: &Channel, keep: Keep, limit: u32) -> Result<u32, StorageError> {
        // What stands before the first one that is kept, if that is among the oldest. With both bounds
        // it is looked up in the index, however few messages there were when the plan was made.
        const SQL: &str = r#"WITH oldest AS (
            SELECT seq, "sentAtMillis" FROM messages WHERE room = $1 ORDER BY seq LIMIT $4
        ) DELETE FROM messages
        WHERE room = $1 AND seq >= (SELECT min(seq) FROM oldest) AND seq < coalesce(
            (SELECT min(seq) FROM oldest WHERE "sentAtMillis" >= $3
                AND seq > coalesce((SELECT "lastSeq" FROM rooms WHERE name = $1), 0) - $2),
            (SELECT max(seq) + 1 FROM oldest))"#;
        let name = channel.name();
        let query = sqlx::query(SQL)
            .bind(name.as_ref())
            .bind(to_stored(keep.count.unwrap_or(u64::MAX)))
            .bind(to_stored(keep.since_millis.unwrap_or(0)))
            .bind(i64::from(limit));
        let done = self.pool.lend().await?.within(|sql| query.execute(sql)).await?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(limit))
    }
}

/// Stores messages within the transaction of the caller.
async fn append(
    sql: &mut PgConnection,
    messages: &[NewMessage],
) -> Result<Vec<Appended>, sqlx::Error> {
    let stored = find_stored(sql, messages).await?;
    let batch = Batch::of(messages, &stored);
    let last_seqs = raise_last_seqs(sql, &batch).await?;
    let numbered = batch.number(last_seqs).ok_or_else(unnumbered)?;
    insert(sql, &numbered).await?;
    Ok(numbered.into_results())
}

/// Those that were sent before.
async fn find_stored(
    sql: &mut PgConnection,
    messages: &[NewMessage],
) -> Result<Vec<Stored>, sqlx::Error> {
    // With a limit of its own, which changes nothing, each is looked up in the index: a plan that was
    // made while there were few messages would read them all when there are many.
    const SQL: &str = r#"SELECT m.* FROM unnest($1::uuid[], $2::text[]) AS sent ("user", id),
        LATERAL (SELECT "userId", "clientMsgId", id, room, seq, "sentAtMillis" FROM messages
            WHERE "userId" = sent."user" AND "clientMsgId" = sent.id LIMIT 1) m"#;
    let keys = messages.iter().filter_map(key).map(|(user, id)| (user.as_uuid(), id));
    let (users, ids): (Vec<_>, Vec<_>) = keys.unzip();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(SQL).bind(users).bind(ids).fetch_all(sql).await?;
    let stored: Result<_, _> = rows.iter().map(read_stored).collect();
    stored.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Makes room for new messages. Gives the number of the last one of each channel that has any.
async fn raise_last_seqs(
    sql: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    // All servers lock channels in one order, so that no two wait for each other.
    const SQL: &str = r#"INSERT INTO rooms (name, "lastSeq")
        SELECT name, count FROM unnest($1::text[], $2::bigint[]) AS growth (name, count)
        ORDER BY name COLLATE "C"
        ON CONFLICT (name) DO UPDATE SET "lastSeq" = rooms."lastSeq" + excluded."lastSeq"
        RETURNING name, "lastSeq""#;
    let (names, counts): (Vec<_>, Vec<_>) = batch.growth().into_iter().unzip();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(SQL).bind(names).bind(counts).fetch_all(sql).await
}

async fn insert(sql: &mut PgConnection, numbered: &Numbered<'_>) -> Result<(), sqlx::Error> {
    // In one order for the same reason: another server may store the same in another channel.
    const SQL: &str = r#"INSERT INTO messages
        (room, seq, id, "userId", message, "sentAtMillis", "clientMsgId")
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[],
            $6::bigint[], $7::text[]) AS m (room, seq, id, "user", message, millis, "clientMsgId")
        ORDER BY "user", "clientMsgId" COLLATE "C", room, seq"#;
    let fresh = &numbered.fresh;
    if fresh.is_empty() {
        return Ok(());
    }
    let rooms: Vec<_> = fresh.iter().map(|(message, _)| message.channel.name()).collect();
    let seqs: Vec<_> = fresh.iter().map(|(_, seq)| to_stored(*seq)).collect();
    let ids: Vec<_> = fresh.iter().map(|(message, _)| message.id).collect();
    let users: Vec<_> = fresh.iter().map(|(message, _)| message.user.as_uuid()).collect();
    let texts: Vec<_> = fresh.iter().map(|(message, _)| message.text.as_str()).collect();
    let times: Vec<_> =
        fresh.iter().map(|(message, _)| to_stored(message.sent_at_millis)).collect();
    let client_msg_ids: Vec<_> =
        fresh.iter().map(|(message, _)| message.client_msg_id.as_deref()).collect();
    sqlx::query(SQL)
        .bind(rooms)
        .bind(seqs)
        .bind(ids)
        .bind(users)
        .bind(texts)
        .bind(times)
        .bind(client_msg_ids)
        .execute(sql)
        .await?;
    Ok(())
}

fn read_stored(row: &PgRow) -> Result<Stored, StorageError> {
    Ok(Stored {
        user: UserId::new(row.try_get(0)?),
        client_msg_id: row.try_get(1)?,
        original: Original {
            id: row.try_get(2)?,
            channel: read_channel(row.try_get(3)?)?,
            seq: row.try_get::<i64, _>(4)?.cast_unsigned(),
            sent_at_millis: row.try_get::<i64, _>(5)?.cast_unsigned(),
        },
    })
}

fn read_message(row: &PgRow) -> Result<Message, StorageError> {
    Ok(Message {
        id: row.try_get(0)?,
        seq: row.try_get::<i64, _>(1)?.cast_unsigned(),
        user: UserId::new(row.try_get(2)?),
        full_name: row.try_get::<Option<_>, _>(3)?.unwrap_or_default(),
        text: row.try_get(4)?,
        sent_at_millis: row.try_get::<i64, _>(5)?.cast_unsigned(),
    })
}

fn read_channel(name: &str) -> Result<Channel, StorageError> {
    name.parse().map_err(StorageError::new)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use sqlx::Postgres;
    use test_postgres::Cluster;

    use super::*;
    use crate::clock::Sources;
    use crate::database::{Database, LongTransaction, testing};
    use crate::messages::conformance;
    use crate::users::PostgresUsers;

    async fn open() -> PostgresPool {
        let url = Cluster::shared().empty_schema();
        let Database::Postgres(pool) = testing::open(&url).await else {
            panic!("{url} is no PostgreSQL")
        };
        pool
    }

    /// Returns when someone waits for this transaction.
    async fn is_waited_for(transaction: &mut LongTransaction<Postgres>) {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM pg_locks
            WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))";
        let mut is_waited_for = false;
        while !is_waited_for {
            let query = sqlx::query_scalar(SQL);
            is_waited_for = transaction.within(|sql| query.fetch_one(sql)).await.unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn conforms() {
        let pool = open().await;
        let users = PostgresUsers::new(pool.clone());
        conformance::run(&PostgresMessages::new(pool), &users, &Sources::system()).await;
    }

    #[tokio::test]
    async fn who_looks_for_messages_waits_for_those_that_are_being_stored() {
        let pool = open().await;
        let messages = PostgresMessages::new(pool.clone());
        let new = [conformance::new_message(&Sources::system(), "lobby")];
        let mut storing = pool.begin().await.unwrap();
        storing.within(|sql| append(sql, &new)).await.unwrap();
        let ids = [new[0].id];
        let mut finding = pin!(messages.find(&ids));
        tokio::select! {
            found = &mut finding => panic!("{found:?} before they were stored"),
            () = is_waited_for(&mut storing) => {}
        }
        storing.commit().await.unwrap();
        assert_eq!(finding.await.unwrap(), [(new[0].id, 1)]);
    }

    #[tokio::test]
    async fn servers_that_store_the_same_do_not_wait_for_each_other() {
        let (pool, sources) = (open().await, Sources::system());
        let messages = PostgresMessages::new(pool.clone());
        let first = conformance::new_message(&sources, "ventas");
        let sent = |client_msg_id: &str, channel| NewMessage {
            user: first.user,
            client_msg_id: Some(client_msg_id.to_owned()),
            ..conformance::new_message(&sources, channel)
        };
        let there = [sent("a", "ventas"), sent("b", "ventas")];
        let here = [sent("b", "lobby"), sent("a", "lobby")];
        // The other server has stored the one, and stores the other one while this one waits.
        let mut other = pool.begin().await.unwrap();
        other.within(|sql| append(sql, &there[..1])).await.unwrap();
        let mut appending = pin!(messages.append(&here));
        tokio::select! {
            appended = &mut appending => panic!("{appended:?} before it is known what is stored"),
            () = is_waited_for(&mut other) => {}
        }
        other.within(|sql| append(sql, &there[1..])).await.unwrap();
        other.commit().await.unwrap();
        let appended = appending.await.unwrap();
        let originals = appended.iter().map(|appended| match appended {
            Appended::Before(original) => (original.id, original.seq),
            Appended::Now { .. } => panic!("{appended:?} is stored twice"),
        });
        assert_eq!(originals.collect::<Vec<_>>(), [(there[1].id, 2), (there[0].id, 1)]);
        assert_eq!(messages.last_seq(&"lobby".parse().unwrap()).await.unwrap(), 0);
    }
}
