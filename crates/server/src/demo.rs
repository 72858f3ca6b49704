//! What `--demo` adds: users that everybody knows, and therefore nothing but loopback.

use crate::auth::{Accounts, NewPassword, RegisterError};
use crate::config::{Config, ConfigError};
use crate::users::{Email, FullName, Role};

/// The password of all demo users.
pub const PASSWORD: &str = "Abc123";

/// Their emails, names and roles.
pub const USERS: [(&str, &str, Role); 2] =
    [("test1@google.com", "Test One", Role::Admin), ("test2@google.com", "Test Two", Role::User)];

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

/// Creates the demo users that do not exist. Those that do are left as they are.
#[expect(clippy::missing_panics_doc, reason = "the constants above are valid, a test says so")]
pub async fn create_users(accounts: &Accounts) -> Result<(), RegisterError> {
    for (email, full_name, role) in USERS {
        let email = Email::parse(email).expect("demo emails are valid");
        if accounts.exists(&email).await? {
            continue;
        }
        let full_name = FullName::parse(full_name).expect("demo names are valid");
        let password = NewPassword::parse(PASSWORD).expect("the demo password follows the rules");
        match accounts.register(email, full_name, password, vec![role]).await {
            // Another process may have been quicker.
            Ok(_) | Err(RegisterError::EmailTaken) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
