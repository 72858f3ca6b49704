//! What `--demo` means: users that everybody knows, and therefore nothing but loopback.

use crate::config::{Config, ConfigError};

/// Refuses to show known passwords to a network.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    let host = config.server.host.0;
    if host.is_loopback() {
        return Ok(());
    }
    let line = format!(
        "server.host is \"{host}\" with --demo, whose users and password are known to everyone; \
         allowed: 127.0.0.1, ::1 or localhost"
    );
    Err(ConfigError::new(line))
}
