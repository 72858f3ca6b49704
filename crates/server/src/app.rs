//! The composition root: what is built from what. The only place that names concrete backends.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::{
    self, Accounts, AuthLimits, AuthState, Authenticator, HashError, PasswordHasher, Tokens,
};
use crate::clock::Sources;
use crate::config::{self, Config, Secret};
use crate::database::Database;
use crate::http::{
    ApiError, BodyTimeout, answer_panics, common_headers, compressed, cors, healthz,
};
use crate::pages::{self, Assets, Pages, PublicFolder};
use crate::presence;
use crate::realtime::Realtime;
use crate::users::{self, PostgresUsers, SqliteUsers, UserRepository, UsersState};

/// The application, ready to answer.
#[derive(Debug)]
pub struct App {
    router: Router,
    core: Core,
    realtime: Realtime,
    database: Database,
}

/// What the parts of the application share. Cheap to clone; a feature takes what it needs of it.
#[derive(Debug, Clone)]
pub struct Core {
    /// Who there is.
    pub users: Arc<dyn UserRepository>,
    /// Makes accounts, lets people in.
    pub accounts: Accounts,
    /// Makes tokens.
    pub tokens: Tokens,
    /// Knows people by their tokens, on requests and on sockets.
    pub authenticator: Authenticator,
    /// Times, ids and salts.
    pub sources: Sources,
}

/// Why the application could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database cannot be used.
    #[error("{0}")]
    Database(String),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Passwords(#[from] HashError),
}

impl App {
    /// Opens the database and puts everything together. `secret` signs the tokens.
    pub async fn build(
        config: &Config,
        secret: &Secret,
        sources: Sources,
    ) -> Result<Self, BuildError> {
        let database = Database::open(&config.database)
            .await
            .map_err(|error| BuildError::Database(error.to_string()))?;
        let users = repository_of_users(&database, &config.database);
        let core = core(config, secret, users, sources)?;
        let realtime = Realtime::start(config, &core);
        let router = router(config, &core, &realtime);
        Ok(Self { router, core, realtime, database })
    }

    /// Answers all requests.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What the parts share.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Ends what outlives a request: called once, when no connection is accepted any more and while
    /// the open ones finish. May be dropped at the shutdown's deadline.
    pub async fn drain(&self) {
        self.realtime.shutdown().await;
    }

    /// Closes the database, after everyone has left.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// The users of a database.
pub(crate) fn repository_of_users(
    database: &Database,
    settings: &config::Database,
) -> Arc<dyn UserRepository> {
    match database.clone() {
        Database::Sqlite(pool) => Arc::new(SqliteUsers::new(pool)),
        Database::Postgres(pool) => Arc::new(PostgresUsers::new(pool, settings.timeout.get())),
    }
}

fn core(
    config: &Config,
    secret: &Secret,
    users: Arc<dyn UserRepository>,
    sources: Sources,
) -> Result<Core, HashError> {
    let cores = config.server.worker_threads();
    let hasher = PasswordHasher::new(cores, config.auth.password_queue, sources.clone())?;
    let tokens = Tokens::new(secret, config.auth.token_ttl.get(), sources.clone());
    Ok(Core {
        accounts: Accounts::new(Arc::clone(&users), hasher, sources.clone()),
        authenticator: Authenticator::new(tokens.clone(), Arc::clone(&users)),
        users,
        tokens,
        sources,
    })
}

/// All routes. Each feature's stand in its own module.
fn router(config: &Config, core: &Core, realtime: &Realtime) -> Router {
    let auth = AuthState {
        accounts: core.accounts.clone(),
        tokens: core.tokens.clone(),
        authenticator: core.authenticator.clone(),
        limits: Arc::new(AuthLimits::new(&config.rate_limits)),
        body_timeout: BodyTimeout(config.server.body_timeout.get()),
    };
    let clients = presence::routes(realtime.presence().clone(), core.authenticator.clone());
    let users = users::routes(UsersState {
        users: Arc::clone(&core.users),
        authenticator: core.authenticator.clone(),
        presence: realtime.presence().clone(),
        body_timeout: BodyTimeout(config.server.body_timeout.get()),
    });
    let api = Router::new()
        .nest("/auth", auth::routes(auth))
        .nest("/clients", clients)
        .nest("/users", users);
    let health = get(healthz).with_state(Arc::clone(&core.users));
    let pages = Pages {
        public: config.pages.folder().map(PublicFolder::new),
        embedded: Arc::new(Assets::embedded()),
    };
    let routes = Router::new()
        .nest("/api", api.clone())
        .nest("/api/v1", api)
        .route("/healthz", health)
        .fallback_service(axum::routing::any(pages::answer).with_state(pages))
        .method_not_allowed_fallback(no_route);
    compressed(routes)
        .layer(CatchPanicLayer::custom(answer_panics))
        .layer(from_fn_with_state(core.sources.clone(), common_headers))
        // The gateway needs the origins, not the headers of pages.
        .route_service("/socket.io", realtime.service())
        .route_service("/socket.io/", realtime.service())
        .route_service("/socket.io/{*file}", realtime.service())
        .layer(cors(&config.cors))
}

/// A known path with a method that it does not answer is unknown, as in the original.
async fn no_route(method: http::Method, uri: axum::extract::OriginalUri) -> ApiError {
    ApiError::no_route(&method, uri.path())
}
