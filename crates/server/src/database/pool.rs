//! Connections to a database, and how they are lent.

use std::fmt::Debug;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool as Deadpool, QueueMode, RecycleResult};
use sqlx::{ConnectOptions as _, Connection};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use super::StorageError;

/// A kind of database whose connections can be lent.
pub(crate) trait Lendable: sqlx::Database<Connection: Debug + Send + Sync> {
    /// Begins a transaction that will write.
    const BEGIN: &'static str;

    /// Whether a connection that was given back so long ago still works.
    fn check(
        connection: &mut Self::Connection,
        idle: Duration,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Whether the error was about the statement, and leaves nothing behind on the connection.
    fn leaves_it_usable(error: &sqlx::Error) -> bool;

    /// Gives a connection back on which something went on that nobody waits for any more. Nobody else
    /// may meet it, nor what it leaves behind.
    fn give_up(connection: Place<Self>, undoing: &TaskTracker);
}

/// The options with which a connection is opened.
type Options<D> = <<D as sqlx::Database>::Connection as Connection>::Options;

/// A connection and its place among those that there may be.
pub(crate) type Place<D> = Object<Connector<D>>;

/// A bounded number of connections, opened when they are needed. Cheap to clone.
#[derive(Debug)]
pub(crate) struct Pool<D: Lendable> {
    connections: Deadpool<Connector<D>>,
    timeout: Duration,
    /// Of work that was given up.
    undoing: TaskTracker,
}

/// Opens connections.
#[derive(Debug)]
pub(crate) struct Connector<D: Lendable> {
    options: Options<D>,
    /// One that is lent to nobody: a database in memory is there as long as it is open.
    _keeper: Option<D::Connection>,
}

impl<D: Lendable> Pool<D> {
    /// At most `size` connections. Whoever borrows one has it for `timeout`, the wait for it
    /// included. `keeper` stays open as long as there is the pool.
    pub(super) fn new(
        options: Options<D>,
        size: u32,
        timeout: Duration,
        keeper: Option<D::Connection>,
    ) -> Self {
        let connections = Deadpool::builder(Connector { options, _keeper: keeper })
            .max_size(size as usize)
            // Those that are not needed now are not kept awake.
            .queue_mode(QueueMode::Lifo)
            .build()
            .expect("only a pool with time limits of its own can lack a runtime");
        Self { connections, timeout, undoing: TaskTracker::new() }
    }

    /// A connection for one piece of work.
    pub(crate) async fn lend(&self) -> Result<Lent<D>, StorageError> {
        let deadline = Instant::now() + self.timeout;
        let got = timeout_at(deadline, self.connections.get()).await.map_err(StorageError::new)?;
        let connection = Some(got.map_err(StorageError::new)?);
        let undoing = self.undoing.clone();
        Ok(Lent { connection, deadline, condition: Condition::Usable, undoing })
    }

    /// A transaction of many statements, which writes.
    pub(crate) async fn begin(&self) -> Result<LongTransaction<D>, StorageError>
    where
        for<'c> &'c mut D::Connection: sqlx::Executor<'c, Database = D>,
    {
        let mut transaction = LongTransaction { lent: self.lend().await?, timeout: self.timeout };
        transaction.within(|sql| sqlx::raw_sql(D::BEGIN).execute(sql)).await?;
        Ok(transaction)
    }

    /// Waits for what was given up, and closes all connections; those that are lent, when they are
    /// given back. Ends after the time limit, whatever still hangs.
    pub(crate) async fn close(&self) {
        let close = async {
            self.undoing.close();
            self.undoing.wait().await;
            let idle = self.connections.retain(|_, _| false).removed;
            self.connections.close();
            for connection in idle {
                if let Err(error) = connection.close().await {
                    tracing::debug!(%error, "a connection was not closed in good order");
                }
            }
        };
        if timeout(self.timeout, close).await.is_err() {
            tracing::warn!("the connections to the database were not closed in time");
            self.connections.close();
        }
    }
}

// Derived, it would demand that databases are cloned.
impl<D: Lendable> Clone for Pool<D> {
    fn clone(&self) -> Self {
        let Self { connections, timeout, undoing } = self;
        Self { connections: connections.clone(), timeout: *timeout, undoing: undoing.clone() }
    }
}

impl<D: Lendable> Manager for Connector<D> {
    type Type = D::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<D::Connection, sqlx::Error> {
        self.options.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut D::Connection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        Ok(D::check(connection, metrics.last_used()).await?)
    }
}

/// A connection that is given back when this is dropped, or given up if it was left in the middle of
/// something, or failed.
#[derive(Debug)]
pub(crate) struct Lent<D: Lendable> {
    /// There until this is dropped.
    connection: Option<Place<D>>,
    deadline: Instant,
    condition: Condition,
    undoing: TaskTracker,
}

/// What became of a connection while it was lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Usable,
    /// A statement has not ended, or failed in a way that may leave something behind.
    InTheMiddle,
    /// In a transaction of which the driver does not know.
    InLongTransaction,
}

impl<D: Lendable> Lent<D> {
    /// Waits for what `call` does with the connection, until the deadline.
    pub(crate) async fn within<'a, T, F>(
        &'a mut self,
        call: impl FnOnce(&'a mut D::Connection) -> F,
    ) -> Result<T, StorageError>
    where
        F: Future<Output = Result<T, sqlx::Error>> + 'a,
    {
        let connection = self.connection.as_mut().expect("it is taken on drop alone");
        self.condition = Condition::InTheMiddle;
        let answered = timeout_at(self.deadline, call(connection)).await;
        let answered = answered.map_err(StorageError::new)?;
        if answered.as_ref().err().is_none_or(D::leaves_it_usable) {
            self.condition = Condition::Usable;
        }
        Ok(answered?)
    }
}

impl<D: Lendable> Drop for Lent<D> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match self.condition {
            Condition::Usable => drop(connection),
            Condition::InTheMiddle => D::give_up(connection, &self.undoing),
            // Upon which the database rolls back.
            Condition::InLongTransaction => drop(Object::take(connection)),
        }
    }
}

/// A transaction of many statements, each of which has the whole time. Dropping it rolls it back.
#[derive(Debug)]
pub(crate) struct LongTransaction<D: Lendable> {
    lent: Lent<D>,
    timeout: Duration,
}

impl<D: Lendable> LongTransaction<D> {
    /// Waits for what `call` does with the connection, until the time is over.
    pub(crate) async fn within<'a, T, F>(
        &'a mut self,
        call: impl FnOnce(&'a mut D::Connection) -> F,
    ) -> Result<T, StorageError>
    where
        F: Future<Output = Result<T, sqlx::Error>> + 'a,
    {
        let Lent { connection, deadline, condition, .. } = &mut self.lent;
        *deadline = Instant::now() + self.timeout;
        *condition = Condition::InLongTransaction;
        let connection = connection.as_mut().expect("it is taken on drop alone");
        Ok(timeout_at(*deadline, call(connection)).await.map_err(StorageError::new)??)
    }

    /// Makes what was done durable, and visible to others.
    pub(crate) async fn commit(mut self) -> Result<(), StorageError>
    where
        for<'c> &'c mut D::Connection: sqlx::Executor<'c, Database = D>,
    {
        self.within(|sql| sqlx::raw_sql("COMMIT").execute(sql)).await?;
        self.lent.condition = Condition::Usable;
        Ok(())
    }
}
