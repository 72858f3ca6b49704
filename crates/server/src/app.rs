//! The composition root: what is built from what. The only place that names concrete backends.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_request};
use socketio::SocketIo;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::{
    self, Accounts, AuthLimits, AuthState, Authenticator, HashError, PasswordHasher, Tokens,
};
use crate::clock::Sources;
use crate::config::{self, Config, Secret};
use crate::database::{Database, StorageError};
use crate::files::{self, ApiAddress, FilesState, ImageStore, UnusableFolder, Uploads};
use crate::http::{
    ApiError, BodyTimeout, RequestTimeout, answer_panics, common_headers, compressed, cors,
    deadline, health, without_trailing_slash,
};
use crate::messages::{self, PostgresMessages, SqliteMessages};
use crate::openapi;
use crate::pages::{self, Assets, Pages, PublicFolder};
use crate::presence;
use crate::products::{self, PostgresProducts, ProductRepository, ProductsState, SqliteProducts};
use crate::realtime::{Realtime, Stores};
use crate::rooms::{self, PostgresMembers, SqliteMembers};
use crate::seed::{self, PostgresSeed, Seed, SeedAccess, SeedRepository, SeedState, SqliteSeed};
use crate::sessions;
use crate::users::{self, PostgresUsers, SqliteUsers, UserChanges, UserRepository, UsersState};

/// The application, ready to answer.
#[derive(Debug)]
pub struct App {
    router: Router,
    core: Core,
    realtime: Realtime,
    /// What requests have begun and do not take with them when they are dropped.
    tasks: TaskTracker,
    database: Database,
}

/// What the parts of the application share. Cheap to clone; a feature takes what it needs of it.
#[derive(Debug, Clone)]
pub struct Core {
    /// Who there is.
    pub users: Arc<dyn UserRepository>,
    /// What there is to buy.
    pub products: Arc<dyn ProductRepository>,
    /// Makes accounts, lets people in.
    pub accounts: Accounts,
    /// Fills the database with what there is to try things out.
    pub(crate) seed: Seed,
    /// Makes tokens.
    pub tokens: Tokens,
    /// Knows people by their tokens, on requests and on sockets.
    pub authenticator: Authenticator,
    /// Images, as files.
    pub images: ImageStore,
    /// Times, ids and salts.
    pub sources: Sources,
}

/// Why the application could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database cannot be used.
    #[error("{0}")]
    Database(String),
    /// Images cannot be kept.
    #[error(transparent)]
    Files(#[from] UnusableFolder),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Passwords(#[from] HashError),
}

impl App {
    /// Opens the database and the folder of images, and puts everything together. `secret` signs the
    /// tokens; `access` says who may fill the database with what there is to try things out.
    pub async fn build(
        config: &Config,
        secret: &Secret,
        sources: Sources,
        access: SeedAccess,
    ) -> Result<Self, BuildError> {
        let database = Database::open(&config.database)
            .await
            .map_err(|error| BuildError::Database(error.to_string()))?;
        let products = repository_of_products(&database)
            .await
            .map_err(|error| BuildError::Database(error.to_string()))?;
        let images = image_store(&config.files, &sources).await?;
        let core = core(config, secret, &database, products, images, sources)?;
        let stores = stores(&database, &core.users);
        let realtime = Realtime::start(config, stores, &core.authenticator, &core.sources);
        let tasks = TaskTracker::new();
        let router = router(config, &core, &realtime, &tasks, access);
        Ok(Self { router, core, realtime, tasks, database })
    }

    /// Answers all requests.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What is behind `/socket.io/`, for whoever accepts connections.
    pub fn gateway(&self) -> SocketIo {
        self.realtime.service()
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

    /// Waits for what those who have left had begun, and closes the database.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.database.close().await;
    }
}

/// The users of a database.
pub(crate) fn repository_of_users(database: &Database) -> Arc<dyn UserRepository> {
    match database.clone() {
        Database::Sqlite(pool) => Arc::new(SqliteUsers::new(pool)),
        Database::Postgres(pool) => Arc::new(PostgresUsers::new(pool)),
    }
}

/// Where the gateway keeps what outlives it.
fn stores(database: &Database, users: &Arc<dyn UserRepository>) -> Stores {
    let users = Arc::clone(users);
    match database.clone() {
        Database::Sqlite(pool) => Stores {
            users,
            members: Arc::new(SqliteMembers::new(pool.clone())),
            messages: Arc::new(SqliteMessages::new(pool)),
        },
        Database::Postgres(pool) => Stores {
            users,
            members: Arc::new(PostgresMembers::new(pool.clone())),
            messages: Arc::new(PostgresMessages::new(pool)),
        },
    }
}

/// The products of a database.
async fn repository_of_products(
    database: &Database,
) -> Result<Arc<dyn ProductRepository>, StorageError> {
    Ok(match database.clone() {
        Database::Sqlite(pool) => Arc::new(SqliteProducts::open(pool).await?),
        Database::Postgres(pool) => Arc::new(PostgresProducts::new(pool)),
    })
}

/// Nothing that was written to within twice the time that an upload may take is thought abandoned:
/// another server may be at it.
pub(crate) async fn image_store(
    settings: &config::Files,
    sources: &Sources,
) -> Result<ImageStore, UnusableFolder> {
    let abandoned = settings.upload_timeout.get().saturating_mul(2);
    ImageStore::open(&settings.folder, abandoned, sources.clone()).await
}

/// What fills a database.
pub(crate) fn repository_of_seed(database: &Database) -> Arc<dyn SeedRepository> {
    match database.clone() {
        Database::Sqlite(pool) => Arc::new(SqliteSeed(pool)),
        Database::Postgres(pool) => Arc::new(PostgresSeed(pool)),
    }
}

fn core(
    config: &Config,
    secret: &Secret,
    database: &Database,
    products: Arc<dyn ProductRepository>,
    images: ImageStore,
    sources: Sources,
) -> Result<Core, HashError> {
    let users = repository_of_users(database);
    let cores = config.server.worker_threads();
    let hasher = PasswordHasher::new(cores, config.auth.password_queue, sources.clone())?;
    let tokens = Tokens::new(secret, config.auth.token_ttl.get(), sources.clone());
    let accounts = Accounts::new(Arc::clone(&users), hasher, sources.clone());
    Ok(Core {
        seed: Seed::new(
            repository_of_seed(database),
            images.clone(),
            accounts.clone(),
            sources.clone(),
        ),
        accounts,
        authenticator: Authenticator::new(tokens.clone(), Arc::clone(&users)),
        users,
        products,
        tokens,
        images,
        sources,
    })
}

/// All routes. Each feature's stand in its own module.
fn router(
    config: &Config,
    core: &Core,
    realtime: &Realtime,
    tasks: &TaskTracker,
    access: SeedAccess,
) -> Router {
    let auth = AuthState {
        accounts: core.accounts.clone(),
        tokens: core.tokens.clone(),
        authenticator: core.authenticator.clone(),
        limits: Arc::new(AuthLimits::new(&config.rate_limits)),
        body_timeout: BodyTimeout(config.server.body_timeout.get()),
    };
    let sessions = sessions::routes(realtime.sessions().clone());
    let rooms = rooms::routes(realtime.conversations().clone(), core.authenticator.clone());
    let history = messages::routes(realtime.conversations().clone(), core.authenticator.clone());
    let clients = presence::routes(realtime.presence().clone(), core.authenticator.clone());
    let users = users::routes(UsersState {
        users: Arc::clone(&core.users),
        changes: UserChanges::new(
            Arc::clone(&core.users),
            realtime.sessions().clone(),
            tasks.clone(),
        ),
        accounts: core.accounts.clone(),
        authenticator: core.authenticator.clone(),
        body_timeout: BodyTimeout(config.server.body_timeout.get()),
    });
    let products = products::routes(ProductsState {
        products: Arc::clone(&core.products),
        authenticator: core.authenticator.clone(),
        sources: core.sources.clone(),
        body_timeout: BodyTimeout(config.server.body_timeout.get()),
    });
    let files = files::routes(FilesState {
        images: core.images.clone(),
        uploads: Uploads::new(core.images.clone(), &config.files),
        address: ApiAddress::new(config),
        authenticator: core.authenticator.clone(),
    });
    let seed = seed::routes(SeedState {
        seed: core.seed.clone(),
        access,
        authenticator: core.authenticator.clone(),
    });
    let api = OpenApiRouter::default()
        .nest("/auth", auth::routes(auth))
        .nest("/clients", clients)
        .nest("/files", files)
        .nest("/products", products)
        .nest("/rooms", rooms.merge(history))
        .nest("/seed", seed)
        .nest("/sessions", sessions)
        .nest("/users", users);
    let health = health::routes(Arc::clone(&core.users));
    let described = OpenApiRouter::default().nest("/api", api.clone()).merge(health);
    let assets = Arc::new(Assets::embedded());
    let pages = axum::routing::any(pages::answer).with_state(Pages {
        public: config.pages.folder().map(PublicFolder::new),
        embedded: Arc::clone(&assets),
    });
    let routes = Router::new()
        .merge(openapi::published(described, assets))
        .nest("/api/v1", api.into())
        .fallback_service(pages)
        .method_not_allowed_fallback(no_route);
    let request_timeout = RequestTimeout(config.server.request_timeout.get());
    let routes = compressed(routes)
        .layer(from_fn_with_state(request_timeout, deadline))
        .layer(CatchPanicLayer::custom(answer_panics))
        .layer(from_fn_with_state(core.sources.clone(), common_headers));
    // What changes a path must stand before the routes, not around each of them.
    Router::new()
        .fallback_service(routes)
        .layer(map_request(without_trailing_slash))
        // The gateway needs the origins, not the headers of pages.
        .route_service("/socket.io", realtime.door())
        .route_service("/socket.io/", realtime.door())
        .route_service("/socket.io/{*file}", realtime.service())
        .layer(cors(&config.cors))
}

/// A known path with a method that it does not answer is unknown, as in the original.
async fn no_route(method: http::Method, uri: axum::extract::OriginalUri) -> ApiError {
    ApiError::no_route(&method, uri.path())
}
