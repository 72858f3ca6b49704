//! Settings: layered, typed, validated. `default.toml` in this folder is both the defaults and the
//! manual.

mod database_url;
mod error;
mod layers;
mod room;
mod sections;
mod session_policy;
mod values;

use std::collections::BTreeMap;

use figment::Figment;
use serde::Deserialize;

use crate::rooms::LOBBY;
pub use database_url::{DatabaseKind, DatabaseUrl};
pub use error::ConfigError;
pub use layers::Sources;
pub use room::{OTHER_ROOMS, RoleName, Room};
pub use sections::{
    Auth, Cors, Database, Engine, Files, Gateway, Log, LogFormat, LogLevel, Messages, Pages,
    Presence, RateLimits, Refusal, Server, Sessions,
};
pub use session_policy::SessionPolicy;
pub use values::{Host, HostApi, Network, Origin, Rate, Secret, Span};

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The listener and the threads.
    pub server: Server,
    /// Where the chat lives.
    pub gateway: Gateway,
    /// Transports.
    pub engine: Engine,
    /// Tokens and passwords.
    pub auth: Auth,
    /// Live connections per user.
    pub sessions: Sessions,
    /// Who is connected.
    pub presence: Presence,
    /// What may be said.
    pub messages: Messages,
    /// The rooms that there are, by name; if there are none here, whatever people join.
    #[serde(default)]
    pub rooms: BTreeMap<String, Room>,
    /// How often.
    pub rate_limits: RateLimits,
    /// Pages of other origins.
    pub cors: Cors,
    /// Files at `/`.
    pub pages: Pages,
    /// Where users are kept.
    pub database: Database,
    /// Images.
    pub files: Files,
    /// What is logged.
    pub log: Log,
}

impl Config {
    /// Reads all layers and checks what types cannot.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let figment = sources.merge()?;
        let config: Self =
            figment.extract_lossy().map_err(|error| ConfigError::from_figment(&figment, error))?;
        config.check(&figment)?;
        Ok(config)
    }

    /// All settings as TOML, without secrets, once they have been checked.
    pub fn show(sources: &Sources) -> Result<String, ConfigError> {
        let config = Self::load(sources)?;
        let mut shown: toml::Table = sources
            .merge()?
            .extract_lossy()
            .map_err(|error| ConfigError::new(format!("the settings cannot be shown: {error}")))?;
        let mut replace = |section: &str, key: &str, text: String| {
            let section = shown.get_mut(section).and_then(toml::Value::as_table_mut);
            if let Some(value) = section.and_then(|section| section.get_mut(key)) {
                *value = toml::Value::String(text);
            }
        };
        replace("auth", "jwt_secret", "***".to_owned());
        replace("database", "url", config.database.url.to_string());
        Ok(shown.to_string())
    }

    fn check(&self, figment: &Figment) -> Result<(), ConfigError> {
        const POSITIVE: &str = "a duration above 0";
        const AT_LEAST_ONE: &str = "a whole number above 0";
        let ten_seconds = std::time::Duration::from_secs(10);
        let namespace = &self.gateway.namespace;
        let plain_namespace = namespace.starts_with('/') && !namespace.contains([',', '?', ' ']);
        let spans = [
            ("server.header_timeout", self.server.header_timeout),
            ("server.body_timeout", self.server.body_timeout),
            ("engine.ping_interval", self.engine.ping_interval),
            ("engine.ping_timeout", self.engine.ping_timeout),
            ("engine.connect_timeout", self.engine.connect_timeout),
            ("engine.upgrade_timeout", self.engine.upgrade_timeout),
            ("auth.token_ttl", self.auth.token_ttl),
            ("database.timeout", self.database.timeout),
            ("files.upload_timeout", self.files.upload_timeout),
        ]
        .map(|(key, span)| (key, !span.get().is_zero(), POSITIVE));
        let slowest = self.server.body_timeout.get().max(self.files.upload_timeout.get());
        let rules = [
            (
                "server.request_timeout",
                self.server.request_timeout.get() > slowest,
                "a duration above server.body_timeout and files.upload_timeout",
            ),
            (
                "server.shutdown_timeout",
                self.server.shutdown_timeout.get() <= ten_seconds,
                "a duration of at most 10s",
            ),
            ("server.workers", self.server.workers <= 1_024, "0 (all cores) to 1024"),
            ("gateway.namespace", plain_namespace, "a path such as / or /chat"),
            (
                "engine.max_payload",
                (1_000..=100_000_000).contains(&self.engine.max_payload),
                "1000 to 100000000 bytes",
            ),
            (
                "engine.outbox_bytes",
                (16_384..=1 << 30).contains(&self.engine.outbox_bytes),
                "16384 to 1073741824 bytes",
            ),
            ("auth.password_queue", self.auth.password_queue <= 100_000, "0 to 100000"),
            ("presence.byte_budget", self.presence.byte_budget > 0, AT_LEAST_ONE),
            (
                "messages.max_length",
                (1..=65_536).contains(&self.messages.max_length),
                "1 to 65536 characters",
            ),
            ("rate_limits.rooms_per_user", self.rate_limits.rooms_per_user > 0, AT_LEAST_ONE),
            (
                "rooms",
                self.rooms.keys().all(|name| room::is_room(name)),
                "sections with names of 1 to 64 characters of A-Z, a-z, 0-9, _ and -, or *",
            ),
            (
                "rooms.lobby.join",
                self.rooms.get(LOBBY).is_none_or(|lobby| lobby.join.is_empty()),
                "nothing: everyone is in the lobby",
            ),
            (
                "rate_limits.connections_per_address",
                self.rate_limits.connections_per_address > 0,
                AT_LEAST_ONE,
            ),
            (
                "pages.public",
                self.pages.folder().is_none_or(|folder| folder.file_name().is_some()),
                "a folder of its own such as public, or nothing",
            ),
            (
                "database.max_connections",
                self.database.max_connections <= 1_000,
                "0 (as suits the database) to 1000",
            ),
            ("files.folder", !self.files.folder.as_os_str().is_empty(), "a path"),
            (
                "files.max_bytes",
                (1..=100_000_000).contains(&self.files.max_bytes),
                "1 to 100000000 bytes",
            ),
        ];
        match spans.into_iter().chain(rules).find(|(_, allowed, _)| !allowed) {
            Some((key, _, allowed)) => Err(ConfigError::value(figment, key, allowed)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
