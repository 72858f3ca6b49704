//! The address of the database, also made from the variables of the original system.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the characters that RFC 3986 §2.3 leaves as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `sqlite://<path>` or `postgres://<user>:<password>@<host>:<port>/<name>`. Shown without the
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// What keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file, in this process.
    Sqlite,
    /// A server.
    Postgres,
}

impl DatabaseUrl {
    /// The whole address, with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is the address of.
    pub fn kind(&self) -> DatabaseKind {
        if self.0.starts_with("sqlite:") { DatabaseKind::Sqlite } else { DatabaseKind::Postgres }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_postgres && let Some(name) = unknown_parameter(text) {
            return Err(format!("no parameter {name:?}, but {}", PARAMETERS.join(", ")));
        }
        if is_postgres || text.starts_with("sqlite:") {
            return Ok(Self(text.to_owned()));
        }
        Err("sqlite://<path> or postgres://<user>:<password>@<host>:<port>/<name>".to_owned())
    }
}

/// The parameters that PostgreSQL's driver knows. Others it would log, with their values.
const PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// The first parameter of an address that is none of these.
fn unknown_parameter(url: &str) -> Option<&str> {
    let (_, query) = url.rsplit_once('@').unwrap_or(("", url)).1.split_once('?')?;
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names.into_iter().find(|name| !name.is_empty() && !PARAMETERS.contains(name))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without_parameters = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
        // What stands before the last @ may be a password, with whatever characters it has.
        match (self.kind(), self.0.split_once("://"), self.0.rsplit_once('@')) {
            (DatabaseKind::Postgres, Some((scheme, _)), Some((_, place))) => {
                write!(f, "{scheme}://***@{}", without_parameters(place))
            }
            _ => f.write_str(&without_parameters(&self.0)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// The address that `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USERNAME` and `DB_PASSWORD` make, if the
/// first of them is set.
pub(super) fn from_variables(variables: &BTreeMap<String, String>) -> Option<String> {
    let get = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let host = get("DB_HOST")?;
    // A path is the folder of a socket; an address of IPv6 stands in brackets.
    let host = match host {
        path if path.starts_with('/') => encoded(path),
        address if address.contains(':') && !address.starts_with('[') => format!("[{address}]"),
        name => name.clone(),
    };
    let user = encoded(get("DB_USERNAME").map_or("postgres", String::as_str));
    let password = get("DB_PASSWORD").map_or(String::new(), |text| format!(":{}", encoded(text)));
    let port = get("DB_PORT").map_or("5432", String::as_str);
    let name = encoded(get("DB_NAME").map_or("postgres", String::as_str));
    Some(format!("postgres://{user}{password}@{host}:{port}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_show() {
        let url = |text: &str| text.parse::<DatabaseUrl>().unwrap();
        assert_eq!(url("postgres://ada:hun?ter2@db/shop").to_string(), "postgres://***@db/shop");
        assert_eq!(url("sqlite://data/a@b.db").to_string(), "sqlite://data/a@b.db");
        let secret = url("postgres://ada:p@ss:word@db.example:5433/shop?password=hunter2");
        assert_eq!(secret.to_string(), "postgres://***@db.example:5433/shop");
        assert!(!format!("{secret:?}").contains("ss:word"));
        assert_eq!(url("sqlite://data/t.db?mode=rwc").to_string(), "sqlite://data/t.db");
        assert_eq!(url("postgres://db/shop").to_string(), "postgres://db/shop");
    }

    #[test]
    fn parameters_that_would_be_logged_are_refused() {
        let refused = "postgres://db/shop?sslpassword=hunter2".parse::<DatabaseUrl>().unwrap_err();
        assert!(refused.starts_with("no parameter \"sslpassword\", but "), "{refused}");
        assert!(!refused.contains("hunter2"));
        for known in ["?sslmode=require&user=ada", "?options=-c%20search_path%3Dx", "?", ""] {
            assert!(format!("postgres://a?b@db/shop{known}").parse::<DatabaseUrl>().is_ok());
        }
    }

    #[test]
    fn the_variables_of_the_original_make_an_address() {
        let url = |variables: &[(&str, &str)]| {
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            from_variables(&variables.iter().map(own).collect())
        };
        let shop = [
            ("DB_HOST", "localhost"),
            ("DB_PORT", "5433"),
            ("DB_NAME", "TesloDB"),
            ("DB_USERNAME", "postgres"),
            ("DB_PASSWORD", "MySecr3tPassWord@as2/:"),
        ];
        assert_eq!(
            url(&shop).unwrap(),
            "postgres://postgres:MySecr3tPassWord%40as2%2F%3A@localhost:5433/TesloDB"
        );
        assert_eq!(url(&shop[..1]).unwrap(), "postgres://postgres@localhost:5432/postgres");
        assert_eq!(url(&shop[1..]), None);
        let host = |host| url(&[("DB_HOST", host)]).unwrap();
        assert_eq!(host("::1"), "postgres://postgres@[::1]:5432/postgres");
        assert!(host("/run/postgresql").contains("@%2Frun%2Fpostgresql:5432"));
    }
}
