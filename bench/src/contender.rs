//! Who is measured, and how each is installed and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cores::Cores;
use crate::load::{Credentials, Fault};
use crate::process::Server;
use crate::users;

/// A registry may be slow; one that does not answer must not hold a run for ever.
const INSTALL_SECONDS: u32 = 900;

/// What `timeout` exits with when the time is over.
const TIMED_OUT: i32 = 124;

/// A server, or a way to run one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Contender {
    /// One thread, one `write` for each client and message, the frame built once.
    Floor,
    /// The same, but everything for one client in one `writev`.
    FloorCoalescing,
    /// The real binary, one worker. It stores no messages.
    Tertulia,
    /// The same, storing messages in SQLite, as is its default.
    TertuliaSqlite,
    /// The same, storing them in PostgreSQL.
    TertuliaPostgres,
    /// The real binary, a worker for each core.
    TertuliaAllCores,
    /// The `socketio` crate with the handlers that the peers have, one worker.
    Library,
    Node,
    Socketioxide,
    Bun,
    /// The NestJS gateway, with its database.
    Original,
}

impl Contender {
    pub(crate) const ALL: [Self; 11] = [
        Self::Floor,
        Self::FloorCoalescing,
        Self::Tertulia,
        Self::TertuliaSqlite,
        Self::TertuliaPostgres,
        Self::TertuliaAllCores,
        Self::Library,
        Self::Node,
        Self::Socketioxide,
        Self::Bun,
        Self::Original,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::FloorCoalescing => "floor-writev",
            Self::Tertulia => "tertulia",
            Self::TertuliaSqlite => "tertulia-sqlite",
            Self::TertuliaPostgres => "tertulia-postgres",
            Self::TertuliaAllCores => "tertulia-all",
            Self::Library => "tertulia-lib",
            Self::Node => "node",
            Self::Socketioxide => "socketioxide",
            Self::Bun => "bun",
            Self::Original => "original",
        }
    }

    /// Whether it takes part only when it is asked for.
    pub(crate) fn on_demand(self) -> bool {
        matches!(self, Self::Bun | Self::Original)
    }

    /// Whether it is ours: its rows are what targets are about.
    pub(crate) fn is_ours(self) -> bool {
        self.has_users() || self == Self::Library
    }

    /// Whether it is the real binary, which needs users in its database.
    pub(crate) fn has_users(self) -> bool {
        matches!(self, Self::Tertulia | Self::TertuliaAllCores) || self.stores()
    }

    /// Whether it stores messages.
    pub(crate) fn stores(self) -> bool {
        matches!(self, Self::TertuliaSqlite | Self::TertuliaPostgres)
    }

    fn cores(self) -> Cores {
        match self {
            // The original's database works beside it.
            Self::TertuliaAllCores | Self::Original => Cores::All,
            _ => Cores::First,
        }
    }

    /// The folder of a peer, or of what one of ours needs.
    pub(crate) fn peer(self) -> Option<&'static str> {
        match self {
            Self::Node => Some("node"),
            Self::Socketioxide => Some("socketioxide"),
            Self::Bun => Some("bun"),
            Self::Original => Some("original"),
            Self::TertuliaPostgres => Some("postgres"),
            _ => None,
        }
    }

    /// What its clients show at the door.
    pub(crate) fn credentials(self, client: usize, now_seconds: u64) -> Credentials {
        match self {
            _ if self.has_users() => Credentials::Auth(users::token(client, now_seconds)),
            Self::Original => Credentials::Header(users::token(client, now_seconds)),
            _ => Credentials::None,
        }
    }

    /// Starts it. `lists`: whether `clients-updated` is sent, where it is the server that decides.
    pub(crate) fn start(self, home: &Home, lists: bool) -> Result<Server, Fault> {
        let mut command = match self {
            Self::Floor => own_binary("floor"),
            Self::FloorCoalescing => {
                let mut command = own_binary("floor");
                command.arg("--coalesce");
                command
            }
            _ if self.has_users() => self.tertulia(home, lists),
            Self::Library => own_binary("examples/bench"),
            _ => {
                let peer = self.peer().expect("all others are peers");
                Command::new(peers().join(peer).join("run"))
            }
        };
        command.env("PORT", "0").env("JWT_SECRET", users::SECRET).env("BENCH_USERS", &home.users);
        if lists {
            command.env("LISTS", "1");
        }
        Server::start(&command, self.cores(), &home.folder)
    }

    /// The settings differ from the defaults in five points: messages are stored only where that is
    /// what is measured, because the peers store none; nothing is limited, because they limit nothing; messages may be as long as those for slow readers are; log lines for each
    /// connection are left out, because the peers write none; and lists are sent only where they are
    /// what is measured.
    fn tertulia(self, home: &Home, lists: bool) -> Command {
        let mut command = own_binary("tertulia");
        let workers = if self == Self::TertuliaAllCores { "0" } else { "1" };
        command
            .arg("serve")
            .current_dir(&home.folder)
            .env("DATABASE_URL", &home.database_url)
            .env("TERTULIA_MESSAGES__STORE", self.stores().to_string())
            .env("TERTULIA_SERVER__WORKERS", workers)
            .env("TERTULIA_RATE_LIMITS__ENABLED", "false")
            .env("TERTULIA_MESSAGES__MAX_LENGTH", "20000")
            .env("TERTULIA_LOG__LEVEL", "warn")
            .env("TERTULIA_PRESENCE__CLIENTS_UPDATED", lists.to_string());
        command
    }
}

/// What servers find: a folder with the users, and Tertulia's database.
pub(crate) struct Home {
    folder: PathBuf,
    users: PathBuf,
    database_url: String,
}

impl Home {
    /// Writes the users to a file. The database is one of SQLite beside it.
    pub(crate) fn prepare(folder: &Path, count: usize) -> Result<Self, Fault> {
        let database_url = format!("sqlite://{}/tertulia.db", folder.display());
        let users = folder.join("users.ndjson");
        users::write(&users, count)?;
        Ok(Self { folder: folder.to_owned(), users, database_url })
    }

    /// The same with another database.
    pub(crate) fn with_database(self, database_url: String) -> Self {
        Self { database_url, ..self }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Imports the users into Tertulia's database.
    pub(crate) fn import(&self) -> Result<(), Fault> {
        let output = own_binary("tertulia")
            .args(["user", "import"])
            .arg(&self.users)
            .current_dir(&self.folder)
            .env("DATABASE_URL", &self.database_url)
            .output()
            .map_err(|cause| Fault::Start { program: "tertulia".to_owned(), cause })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Fault::Import(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Fetches and builds a peer. What is ours was built by `make`. The error says what is missing.
pub(crate) fn install(peer: &str) -> Result<(), String> {
    let script = peers().join(peer).join("install");
    let output = Command::new("timeout")
        .arg(INSTALL_SECONDS.to_string())
        .arg(&script)
        .output()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    match output.status.code() {
        Some(0) => return Ok(()),
        Some(TIMED_OUT) => return Err(format!("it took longer than {INSTALL_SECONDS} s")),
        _ => {}
    }
    let log = String::from_utf8_lossy(&output.stderr);
    Err(log.lines().last().unwrap_or("its install script failed").to_owned())
}

/// A binary that stands beside this one.
pub(crate) fn own_binary(name: &str) -> Command {
    let own = std::env::current_exe().unwrap_or_default();
    Command::new(own.with_file_name(name))
}

pub(crate) fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}
