//! How connections to PostgreSQL are lent.

use std::time::Duration;

use deadpool::managed::Object;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Postgres};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::pool::{Lendable, Place, Pool};

/// Connections to PostgreSQL.
pub(crate) type PostgresPool = Pool<Postgres>;

/// A connection that was in use within this time is taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

/// How long another one may take to say so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

impl Lendable for Postgres {
    const BEGIN: &'static str = "BEGIN";

    async fn check(connection: &mut PgConnection, idle: Duration) -> Result<(), sqlx::Error> {
        if idle < FRESH {
            return Ok(());
        }
        let answered = timeout(SIGN_OF_LIFE, connection.ping()).await;
        answered.map_err(|silence| sqlx::Error::Io(silence.into()))?
    }

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

    /// It may never answer. It is closed, upon which the database rolls back; another may be opened in
    /// its place at once.
    fn give_up(connection: Place<Self>, _: &TaskTracker) {
        drop(Object::take(connection));
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
    use crate::database::{StorageError, testing};

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
