//! The real router over a database of its own, driven without a socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tertulia::app::App;
use tertulia::clock;
use tertulia::config::{Config, Secret, Sources};
use tertulia::http::ClientAddr;
use tertulia::seed::SeedAccess;
use test_postgres::Cluster;
use tower::ServiceExt as _;

/// What signs the tokens of all tests.
pub(crate) const SECRET: &str = "a secret for these tests alone";

/// On which database a test runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A file of its own.
    Sqlite,
    /// A schema of its own.
    Postgres,
}

/// Makes tests of functions that take a [`Kind`], one for each.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {$(
            #[tokio::test]
            async fn $test() {
                super::$test(crate::server::Kind::Sqlite).await;
            }
        )+}

        mod postgres {$(
            #[tokio::test]
            async fn $test() {
                super::$test(crate::server::Kind::Postgres).await;
            }
        )+}
    };
}

pub(crate) use on_each_database;

/// An application and the folder that it works in.
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) folder: TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// The same, as far as it is text.
    pub(crate) text: String,
}

impl TestServer {
    /// With the default settings, but no limits of rate.
    pub(crate) async fn start() -> Self {
        Self::on(Kind::Sqlite).await
    }

    /// The same on a database of this kind.
    pub(crate) async fn on(database: Kind) -> Self {
        Self::on_with(database, &[("TERTULIA_RATE_LIMITS__ENABLED", "false")]).await
    }

    /// With these settings.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on_with(Kind::Sqlite, settings).await
    }

    /// With these settings on a database of this kind.
    pub(crate) async fn on_with(database: Kind, settings: &[(&str, &str)]) -> Self {
        Self::build(database, settings, SeedAccess::Admins).await
    }

    /// On a database of this kind, without limits of rate, as the demo.
    pub(crate) async fn demo(database: Kind) -> Self {
        let settings = [("TERTULIA_RATE_LIMITS__ENABLED", "false")];
        Self::build(database, &settings, SeedAccess::Everyone).await
    }

    async fn build(database: Kind, settings: &[(&str, &str)], access: SeedAccess) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match database {
            Kind::Sqlite => format!("sqlite://{}/data/t.db", folder.path().display()),
            Kind::Postgres => Cluster::shared().empty_schema(),
        };
        let images = folder.path().join("images").display().to_string();
        let mut environment = BTreeMap::from([
            ("DATABASE_URL".to_owned(), url),
            ("TERTULIA_FILES__FOLDER".to_owned(), images),
        ]);
        for (name, value) in settings {
            environment.insert((*name).to_owned(), (*value).to_owned());
        }
        let directory = folder.path().to_owned();
        let sources = Sources { directory, environment, ..Sources::default() };
        let config = Config::load(&sources).unwrap();
        let secret = Secret::new(SECRET.to_owned());
        let app = App::build(&config, &secret, clock::Sources::system(), access).await.unwrap();
        Self { app, folder }
    }

    /// Sends a request as if it came from 192.0.2.1.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let client = ClientAddr(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        if request.extensions().get::<ClientAddr>().is_none() {
            request.extensions_mut().insert(client);
        }
        Answer::read(self.app.router().oneshot(request).await.unwrap()).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(post(path, body.to_string())).await
    }

    /// Gets a path with a token.
    pub(crate) async fn get_with(&self, path: &str, authorization: &str) -> Answer {
        let request = Request::get(path).header("authorization", authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Gets a path.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }
}

/// A request that posts a text as JSON.
pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", "application/json").body(body.into()).unwrap()
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: parts.status, headers: parts.headers, bytes, text }
    }

    /// Its body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Asserts an error of the contract's shape with one message.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, reason: &str, message: &str) {
        let expected =
            serde_json::json!({ "message": message, "error": reason, "statusCode": status });
        assert_eq!((self.status.as_u16(), self.json()), (status, expected));
    }

    /// Asserts a 400 that names exactly these problems.
    #[track_caller]
    pub(crate) fn assert_problems(&self, problems: &[&str]) {
        let expected = serde_json::json!(
            { "message": problems, "error": "Bad Request", "statusCode": 400 });
        assert_eq!((self.status.as_u16(), self.json()), (400, expected));
    }
}
