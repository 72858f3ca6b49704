//! Connections to PostgreSQL, and how they are lent.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, QueueMode, RecycleResult};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::StorageError;

/// A connection that was in use within this time is taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

/// How long another one may take to say so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// A bounded number of connections, opened when they are needed. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PostgresPool {
    connections: Pool<Connector>,
    timeout: Duration,
}

#[derive(Debug)]
struct Connector(PgConnectOptions);

impl PostgresPool {
    /// At most `size` connections. Whoever borrows one has it for `timeout`, the wait for it
    /// included.
    pub(super) fn new(options: PgConnectOptions, size: u32, timeout: Duration) -> Self {
        let connections = Pool::builder(Connector(options))
            .max_size(size as usize)
            // Those that are not needed now are not kept awake.
            .queue_mode(QueueMode::Lifo)
            .build()
            .expect("only a pool with time limits of its own can lack a runtime");
        Self { connections, timeout }
    }

    /// A connection for one piece of work.
    pub(crate) async fn lend(&self) -> Result<Lent, StorageError> {
        let deadline = Instant::now() + self.timeout;
        let got = timeout_at(deadline, self.connections.get()).await.map_err(StorageError::new)?;
        let connection = Some(got.map_err(StorageError::new)?);
        Ok(Lent { connection, deadline, in_the_middle: false })
    }

    /// A transaction of many statements.
    pub(crate) async fn begin(&self) -> Result<LongTransaction, StorageError> {
        let mut transaction = LongTransaction { lent: self.lend().await?, timeout: self.timeout };
        transaction.within(|sql| sqlx::raw_sql("BEGIN").execute(sql)).await?;
        Ok(transaction)
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }
}

impl Manager for Connector {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        self.0.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut PgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if metrics.last_used() < FRESH {
            return Ok(());
        }
        match timeout(SIGN_OF_LIFE, connection.ping()).await {
            Ok(answered) => Ok(answered?),
            Err(silence) => Err(sqlx::Error::Io(silence.into()).into()),
        }
    }
}

/// A connection that is given back when this is dropped. One that was left in the middle of
/// something, or failed, is closed instead, upon which the database rolls back; another may be
/// opened in its place at once.
#[derive(Debug)]
pub(crate) struct Lent {
    /// There until this is dropped.
    connection: Option<Object<Connector>>,
    deadline: Instant,
    in_the_middle: bool,
}

impl Lent {
    /// Waits for what `call` does with the connection, until the deadline.
    pub(crate) async fn within<'a, T, F>(
        &'a mut self,
        call: impl FnOnce(&'a mut PgConnection) -> F,
    ) -> Result<T, StorageError>
    where
        F: Future<Output = Result<T, sqlx::Error>> + 'a,
    {
        let connection = self.connection.as_mut().expect("it is taken on drop alone");
        self.in_the_middle = true;
        let answered = timeout_at(self.deadline, call(connection)).await;
        let answered = answered.map_err(StorageError::new)?;
        self.in_the_middle = answered.as_ref().is_err_and(|error| !leaves_it_usable(error));
        Ok(answered?)
    }
}

/// Whether the error was about the statement and not about the connection.
fn leaves_it_usable(error: &sqlx::Error) -> bool {
    match error {
        // Classes 08 and 57: the connection failed, or the server shuts down.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| !code.starts_with("08") && !code.starts_with("57"))
        }
        sqlx::Error::RowNotFound => true,
        _ => false,
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| self.in_the_middle) {
            drop(Object::take(connection));
        }
    }
}

/// A transaction of many statements, each of which has the whole time. Dropping it rolls it back.
#[derive(Debug)]
pub(crate) struct LongTransaction {
    lent: Lent,
    timeout: Duration,
}

impl LongTransaction {
    /// Waits for what `call` does with the connection, until the time is over.
    pub(crate) async fn within<'a, T, F>(
        &'a mut self,
        call: impl FnOnce(&'a mut PgConnection) -> F,
    ) -> Result<T, StorageError>
    where
        F: Future<Output = Result<T, sqlx::Error>> + 'a,
    {
        let Lent { connection, deadline, in_the_middle } = &mut self.lent;
        *deadline = Instant::now() + self.timeout;
        *in_the_middle = true;
        let connection = connection.as_mut().expect("it is taken on drop alone");
        Ok(timeout_at(*deadline, call(connection)).await.map_err(StorageError::new)??)
    }

    /// Makes what was done durable, and visible to others.
    pub(crate) async fn commit(mut self) -> Result<(), StorageError> {
        self.within(|sql| sqlx::raw_sql("COMMIT").execute(sql)).await?;
        self.lent.in_the_middle = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use test_postgres::Cluster;
    use tokio::io::copy_bidirectional;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;
    use tokio::task::JoinSet;

    use super::*;
    use crate::config::{Database, Span};
    use crate::database::testing;

    /// Carries connections to the database, until those that are open hang.
    struct Proxy {
        address: SocketAddr,
        hang: watch::Sender<()>,
        _carriers: JoinSet<()>,
    }

    impl Proxy {
        async fn to(port: u16) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (hang, hangs) = watch::channel(());
            let mut carriers = JoinSet::new();
            carriers.spawn(async move {
                let mut open = JoinSet::new();
                while let Ok((mut client, _)) = listener.accept().await {
                    let mut hangs = hangs.clone();
                    hangs.mark_unchanged();
                    open.spawn(async move {
                        let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                        tokio::select! {
                            _ = copy_bidirectional(&mut client, &mut server) => {}
                            _ = hangs.changed() => std::future::pending().await,
                        }
                    });
                }
            });
            Self { address, hang, _carriers: carriers }
        }
    }

    /// With room for one connection.
    async fn pool_of_one(proxy: &Proxy) -> PostgresPool {
        let url = format!("postgres://postgres@{}/postgres", proxy.address);
        let timeout = Span(Duration::from_secs(1));
        let settings = Database { max_connections: 1, timeout, ..testing::settings(&url) };
        crate::database::postgres::open(&settings).await.unwrap()
    }

    async fn one(pool: &PostgresPool) -> Result<i32, StorageError> {
        let query = sqlx::query_scalar("SELECT 1");
        pool.lend().await?.within(|sql| query.fetch_one(sql)).await
    }

    #[tokio::test]
    async fn a_connection_that_hangs_gives_its_place_to_another() {
        let proxy = Proxy::to(Cluster::shared().port()).await;
        let pool = pool_of_one(&proxy).await;
        assert_eq!(one(&pool).await.unwrap(), 1);
        proxy.hang.send(()).unwrap();
        assert!(one(&pool).await.is_err());
        assert_eq!(one(&pool).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn work_that_is_given_up_is_rolled_back_and_gives_its_place_to_another() {
        let proxy = Proxy::to(Cluster::shared().port()).await;
        let pool = pool_of_one(&proxy).await;
        let mut lent = pool.lend().await.unwrap();
        let sleeping = lent.within(|sql| sqlx::query("SELECT pg_sleep(600)").execute(sql));
        let mut sleeping = Box::pin(sleeping);
        assert!(futures_util::poll!(&mut sleeping).is_pending());
        drop(sleeping);
        drop(lent);
        assert_eq!(one(&pool).await.unwrap(), 1);
    }
}
