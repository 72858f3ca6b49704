//! The layers that settings come from, lowest first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::database_url;
use super::error::ConfigError;

/// The settings that `default.toml` documents, compiled in.
const DEFAULTS: &str = include_str!("default.toml");

/// The file that is read from the working directory if there is one.
const FILE: &str = "tertulia.toml";

/// Names that other systems give to five of the keys.
const PLAIN: [(&str, &str); 5] = [
    ("PORT", "server.port"),
    ("HOST", "server.host"),
    ("DATABASE_URL", "database.url"),
    ("JWT_SECRET", "auth.jwt_secret"),
    ("HOST_API", "files.host_api"),
];

const PREFIX: &str = "TERTULIA_";

/// What the process was given. The one place that reads it is [`Sources::of_process`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The working directory.
    pub directory: PathBuf,
    /// The file named on the command line, which must exist.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Keys and values given on the command line, as `("server.port", "3000")`.
    pub arguments: Vec<(&'static str, String)>,
}

impl Sources {
    /// Reads the environment and the working directory of this process. Variables that are not
    /// UTF-8 are left out: none of ours can be.
    pub fn of_process(file: Option<PathBuf>, arguments: Vec<(&'static str, String)>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { directory: PathBuf::new(), file, environment, arguments }
    }

    /// All layers, merged.
    pub(crate) fn merge(&self) -> Result<Figment, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = self.settings_file()? {
            figment = figment.merge(Toml::file_exact(file));
        }
        let dot_env = self.dot_env()?;
        figment = merge_original(figment, &dot_env, &self.environment);
        figment = merge_variables(figment, &dot_env, "variable of .env");
        figment = merge_variables(figment, &self.environment, "environment variable");
        for (key, value) in &self.arguments {
            figment = figment.merge(Setting::new("the command line".to_owned(), key, value));
        }
        Ok(figment)
    }

    fn settings_file(&self) -> Result<Option<PathBuf>, ConfigError> {
        let Some(file) = &self.file else {
            let file = self.directory.join(FILE);
            return Ok(file.is_file().then_some(file));
        };
        match std::fs::metadata(file) {
            Ok(metadata) if metadata.is_file() => Ok(Some(file.clone())),
            Ok(_) => Err(ConfigError::new(format!("--config {} is not a file", file.display()))),
            Err(error) => {
                let file = file.display();
                Err(ConfigError::new(format!("--config {file} cannot be read: {error}")))
            }
        }
    }

    fn dot_env(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let file = self.directory.join(".env");
        if !Path::new(&file).is_file() {
            return Ok(BTreeMap::new());
        }
        // The line that cannot be read may hold a secret, so it is not repeated.
        let refused = |_| ConfigError::new(".env has a line that is not NAME=value");
        dotenvy::from_path_iter(&file).map_err(refused)?.collect::<Result<_, _>>().map_err(refused)
    }
}

/// The original's variables for the database, wherever they stand. They are below our own, so that
/// whoever sets `DATABASE_URL` means it.
fn merge_original(
    figment: Figment,
    dot_env: &BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
) -> Figment {
    let mut all = dot_env.clone();
    all.extend(environment.clone());
    match database_url::from_variables(&all) {
        Some(url) => figment.merge(Setting::new("DB_HOST".to_owned(), "database.url", &url)),
        None => figment,
    }
}

fn merge_variables(
    mut figment: Figment,
    variables: &BTreeMap<String, String>,
    layer: &str,
) -> Figment {
    for (name, key) in PLAIN {
        if let Some(value) = variables.get(name) {
            figment = figment.merge(Setting::new(format!("{layer} {name}"), key, value));
        }
    }
    for (name, value) in variables {
        if let Some(key) = name.strip_prefix(PREFIX) {
            let key = key.to_ascii_lowercase().replace("__", ".");
            figment = figment.merge(Setting::new(format!("{layer} {name}"), &key, value));
        }
    }
    figment
}

/// One key that was set outside of a file. Its value stays text until its type is known.
struct Setting {
    from: String,
    path: Vec<String>,
    value: String,
}

impl Setting {
    fn new(from: String, key: &str, value: &str) -> Self {
        let path = key.split('.').map(str::to_owned).collect();
        Self { from, path, value: value.to_owned() }
    }
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.from.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let leaf = Value::from(self.value.clone());
        let value = self
            .path
            .iter()
            .rev()
            .fold(leaf, |inner, name| Value::from(BTreeMap::from([(name.clone(), inner)])));
        let dict = value.into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}
