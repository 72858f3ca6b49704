//! The process: from its settings to its end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, BuildError};
use crate::clock::Sources;
use crate::config::{Config, ConfigError};
use crate::http::TrustedProxies;
use crate::listener::{self, Acceptor};
use crate::secret::{self, SecretError};
use crate::seed::{SeedAccess, SeedError};
use crate::signals::Signals;
use crate::{banner, database, demo, logging, open_files};

/// How long work that is off the workers, such as a hash, may take to end after everything else.
const BLOCKING_WORK: Duration = Duration::from_millis(100);

/// What the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Real users; needs a secret.
    Production,
    /// Trying it out: a secret of its own, known users, loopback alone.
    Demo,
}

/// How the process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everyone had left, or the deadline was over.
    Graceful,
    /// A second signal did not want to wait.
    AtOnce,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The address.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        cause: io::Error,
    },
    /// The database, or what is made of it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What the demo begins with.
    #[error("the database cannot be filled for the demo: {0}")]
    Seed(#[from] SeedError),
    /// Threads, signals, the terminal.
    #[error("the process cannot start: {0}")]
    Process(#[from] io::Error),
}

impl StartError {
    /// The exit code: 2 if the settings are at fault, else 1.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Secret(SecretError::Config(_)) => 2,
            _ => 1,
        }
    }
}

/// Runs the server until a signal ends it. Blocks.
pub fn run(config: Config, mode: Mode) -> Result<Ending, StartError> {
    if mode == Mode::Demo {
        demo::check(&config)?;
    }
    logging::start(&config.log);
    open_files::raise_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.worker_threads().get())
        .enable_all()
        .build()?;
    // This thread is no worker: everything runs on tasks, and it waits for their end.
    let tasks = TaskTracker::new();
    let server = tasks.spawn_on(serve(config, mode), runtime.handle());
    let ended = runtime.block_on(server);
    match ended {
        Ok(Ok(Ending::AtOnce)) => runtime.shutdown_background(),
        _ => runtime.shutdown_timeout(BLOCKING_WORK),
    }
    ended.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

async fn serve(config: Config, mode: Mode) -> Result<Ending, StartError> {
    let mut signals = Signals::install()?;
    let address = config.server.address();
    let listener =
        listener::bind(address).map_err(|cause| StartError::Listen { address, cause })?;
    let app = build(&config, mode).await?;
    banner::print(&config, mode, listener.local_addr()?)?;
    let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
    accept(&config, &app, listener, &stop, &connections);

    let signal = signals.next().await;
    let deadline = config.server.shutdown_timeout.get();
    tracing::info!(signal, ?deadline, "shutting down");
    stop.cancel();
    connections.close();
    let everyone_left = async {
        tokio::join!(app.drain(), connections.wait());
        app.close().await;
    };
    tokio::select! {
        left = tokio::time::timeout(deadline, everyone_left) => {
            if left.is_err() {
                tracing::warn!(connections = connections.len(), "cut off at the deadline");
            }
            tracing::info!("ended");
            Ok(Ending::Graceful)
        }
        signal = signals.next() => {
            tracing::warn!(signal, "ending at once");
            Ok(Ending::AtOnce)
        }
    }
}

async fn build(config: &Config, mode: Mode) -> Result<App, StartError> {
    let sources = Sources::system();
    let configured = config.auth.jwt_secret.as_ref();
    let secret = match mode {
        Mode::Production => secret::configured(configured)?,
        Mode::Demo => {
            let folder = database::data_folder(&config.database.url);
            secret::of_demo(configured, folder.as_deref(), &sources)?
        }
    };
    let access = match mode {
        Mode::Production => SeedAccess::Admins,
        Mode::Demo => SeedAccess::Everyone,
    };
    let app = App::build(config, &secret, sources, access).await?;
    if mode == Mode::Demo {
        app.core().seed.sow().await?;
    }
    Ok(app)
}

fn accept(
    config: &Config,
    app: &App,
    listener: TcpListener,
    stop: &CancellationToken,
    connections: &TaskTracker,
) {
    let acceptor = Acceptor {
        router: app.router(),
        gateway: app.gateway(),
        proxies: TrustedProxies::new(&config.server.trusted_proxies),
        header_timeout: config.server.header_timeout.get(),
        tasks: connections.clone(),
        stop: stop.clone(),
    };
    connections.spawn(acceptor.run(listener));
}
