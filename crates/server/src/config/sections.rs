//! One struct for each section of the settings. `default.toml` says what each key means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::database_url::{DatabaseKind, DatabaseUrl};
use super::session_policy::SessionPolicy;
use super::values::{self, Host, HostApi, Network, Origin, Rate, Secret, Span};

/// `[server]`: the listener and the threads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where to listen.
    pub host: Host,
    /// 0 lets the system choose.
    pub port: u16,
    /// As written; see [`Server::worker_threads`].
    pub workers: usize,
    /// Peers whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "values::list")]
    pub trusted_proxies: Vec<Network>,
    /// For the headers of a request.
    pub header_timeout: Span,
    /// For the body of an API request.
    pub body_timeout: Span,
    /// Until an answer begins.
    pub request_timeout: Span,
    /// From the signal to the end of the process.
    pub shutdown_timeout: Span,
}

impl Server {
    /// The address to bind.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host.0, self.port)
    }

    /// The address to connect to from this machine: who listens on all addresses is reached on
    /// loopback.
    pub fn reachable_address(&self) -> SocketAddr {
        let ip = match self.host.0 {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.port)
    }

    /// How many worker threads to run: as configured, or one for each core.
    pub fn worker_threads(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.workers)
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN)
    }
}

/// `[gateway]`: where the chat lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Begins with a slash.
    pub namespace: String,
}

/// `[engine]`: transports.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Between two pings.
    pub ping_interval: Span,
    /// From a ping to its answer.
    pub ping_timeout: Span,
    /// From the open transport to the namespace's CONNECT.
    pub connect_timeout: Span,
    /// For the upgrade to WebSocket.
    pub upgrade_timeout: Span,
    /// Bytes of one message from a client.
    pub max_payload: usize,
    /// Bytes that may wait for one client.
    pub outbox_bytes: usize,
}

/// `[auth]`: tokens and passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Signs tokens; absent only before a demo has made one.
    #[serde(default)]
    pub jwt_secret: Option<Secret>,
    /// The life of a token.
    pub token_ttl: Span,
    /// Before the end of its token, for a connection to be told of it.
    pub expiry_notice: Span,
    /// After the end of its token, for a connection to present another one.
    pub expiry_grace: Span,
    /// How a client is refused.
    pub refusal: Refusal,
    /// Passwords that may wait for a core.
    pub password_queue: usize,
}

/// What a client whose identity is refused sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Connected, an `exception`, then disconnected.
    Disconnect,
    /// Socket.IO's `connect_error`.
    ConnectError,
}

/// `[sessions]`: live connections per user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// How many a user may have.
    pub policy: SessionPolicy,
    /// Whether it counts for each class of devices on its own.
    pub per_device: bool,
}

/// `[presence]`: who is connected.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Whether lists are sent.
    pub clients_updated: bool,
    /// Bytes per second that the lists may take.
    pub byte_budget: u64,
}

/// `[messages]`: what may be said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Characters of one text.
    pub max_length: usize,
    /// Whether what is said is stored.
    pub store: bool,
    /// How many messages of each room are kept; 0: all.
    pub keep_count: u64,
    /// How long; nothing: for ever.
    pub keep_for: Span,
}

/// `[rate_limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// `false` lifts them all.
    pub enabled: bool,
    /// Logins from one address.
    pub login_per_address: Rate,
    /// Logins for one account.
    pub login_per_account: Rate,
    /// Registrations from one address.
    pub register_per_address: Rate,
    /// Connections that are opened from one address.
    pub connects_per_address: Rate,
    /// Connections that are open from one address.
    pub connections_per_address: usize,
    /// Rooms that one user may be in.
    pub rooms_per_user: usize,
    /// All events of one user.
    pub events_per_user: Rate,
    /// Events of one connection that may be refused before it is ended.
    pub refusals_per_connection: Rate,
    /// Messages of one user.
    pub messages_per_user: Rate,
    /// Typing notices of one user.
    pub typing_per_user: Rate,
    /// All other events of one user.
    pub requests_per_user: Rate,
}

/// `[cors]`: pages of other origins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Who may.
    #[serde(deserialize_with = "values::list")]
    pub origins: Vec<Origin>,
}

/// `[pages]`: files at `/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// As written; see [`Pages::folder`].
    pub public: PathBuf,
}

impl Pages {
    /// The folder whose files are served, if any are.
    pub fn folder(&self) -> Option<&Path> {
        Some(self.public.as_path()).filter(|folder| !folder.as_os_str().is_empty())
    }
}

/// `[database]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Where it is, and of which kind.
    pub url: DatabaseUrl,
    /// The size of the pool; 0: as suits the kind.
    pub max_connections: u32,
    /// For a free connection, for a lock, and for an answer.
    pub timeout: Span,
}

impl Database {
    /// The size of the pool.
    pub fn pool_size(&self) -> u32 {
        match (self.max_connections, self.url.kind()) {
            // Each holds up to 2 MB of pages, and reads take microseconds.
            (0, DatabaseKind::Sqlite) => 4,
            // Each is a process over there, and waits for the network.
            (0, DatabaseKind::Postgres) => 16,
            (given, _) => given,
        }
    }
}

/// `[files]`: images.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Where they are kept.
    pub folder: PathBuf,
    /// Bytes of one.
    pub max_bytes: u64,
    /// For the upload of one.
    pub upload_timeout: Span,
    /// What their addresses begin with.
    pub host_api: HostApi,
}

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// The least severe level that is written.
    pub level: LogLevel,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object for each line.
    Json,
}

/// The least severe level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What needs someone.
    Error,
    /// What may soon.
    Warn,
    /// What happens.
    Info,
    /// Why.
    Debug,
    /// Everything.
    Trace,
}
