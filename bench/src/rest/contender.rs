//! Who is measured: two servers that answer alike, one of them on two databases.

use std::path::Path;
use std::process::Command;

use super::data::Dialect;
use super::database::Postgres;
use crate::contender::{own_binary, peers};
use crate::cores::Cores;
use crate::load::Fault;
use crate::process::Server;
use crate::users;

/// A server on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    TertuliaSqlite,
    TertuliaPostgres,
    /// NestJS and TypeORM.
    Original,
}

impl Contender {
    pub(super) const ALL: [Self; 3] =
        [Self::TertuliaSqlite, Self::TertuliaPostgres, Self::Original];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TertuliaSqlite => "tertulia-sqlite",
            Self::TertuliaPostgres => "tertulia-postgres",
            Self::Original => "original",
        }
    }

    pub(super) fn is_ours(self) -> bool {
        self != Self::Original
    }

    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::TertuliaSqlite => Dialect::Sqlite,
            Self::TertuliaPostgres | Self::Original => Dialect::Postgres,
        }
    }

    /// The address of its database.
    pub(super) fn database_url(self, home: &Path, postgres: &Postgres) -> String {
        match self {
            Self::TertuliaSqlite => format!("sqlite://{}/tertulia.db", home.display()),
            Self::TertuliaPostgres | Self::Original => postgres.url(self),
        }
    }

    /// Starts it on the first core. It makes its tables if there are none.
    pub(super) fn start(self, home: &Path, postgres: &Postgres) -> Result<Server, Fault> {
        let mut command = match self {
            Self::TertuliaSqlite | Self::TertuliaPostgres => tertulia(),
            Self::Original => original(),
        };
        command.current_dir(home).env("PORT", "0").env("JWT_SECRET", users::SECRET);
        match self {
            Self::TertuliaSqlite => command.env("DATABASE_URL", self.database_url(home, postgres)),
            Self::TertuliaPostgres | Self::Original => command.envs(postgres.variables(self)),
        };
        Server::start(&command, Cores::First, home)
    }
}

/// The settings differ from the defaults in two points: nothing is limited and little is logged,
/// because the original does neither.
fn tertulia() -> Command {
    let mut command = own_binary("tertulia");
    command
        .arg("serve")
        .env("TERTULIA_SERVER__WORKERS", "1")
        .env("TERTULIA_RATE_LIMITS__ENABLED", "false")
        .env("TERTULIA_LOG__LEVEL", "warn");
    command
}

fn original() -> Command {
    let mut command = Command::new("node");
    command.arg(peers().join("original/dist/main.js")).env("NODE_ENV", "production");
    command
}
