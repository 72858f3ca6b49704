//! `tertulia user create`, `set-password`, `deactivate` and `activate`.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;

use clap::Args;

use super::{Settings, find, parse};
use crate::auth::{Accounts, NewPassword};
use crate::cli::data::{DataError, hasher, load, with_users};
use crate::clock::Sources;
use crate::users::{Email, FullName, Role, UserChange};

#[derive(Debug, Args)]
pub(in crate::cli) struct Create {
    /// Must not be taken.
    email: String,
    /// The name others see.
    #[arg(long, value_name = "NAME")]
    full_name: String,
    /// What they may do: admin, super-user or user; may be given more than once.
    #[arg(long = "role", value_name = "ROLE", default_value = "user")]
    roles: Vec<Role>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Account {
    /// Whose account it is.
    email: String,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn create(arguments: Create) -> Result<String, DataError> {
    let Create { email, full_name, roles, settings } = arguments;
    let config = load(settings)?;
    let email = parse::<Email>(&email, "the email")?;
    let full_name = parse::<FullName>(&full_name, "the full name")?;
    let password = ask_password()?;
    let user = with_users(&config, async |users| {
        let sources = Sources::system();
        let accounts = Accounts::new(users, hasher(&sources)?, sources);
        Ok(accounts.register(email, full_name, password, roles).await?)
    })?;
    Ok(format!("created {} with the id {}", user.email, user.id))
}

pub(super) fn set_password(account: Account) -> Result<String, DataError> {
    let Account { email, settings } = account;
    let (config, email) = (load(settings)?, parse::<Email>(&email, "the email")?);
    let password = ask_password()?;
    with_users(&config, async |users| {
        let user = find(&*users, &email).await?.user;
        let sources = Sources::system();
        let accounts = Accounts::new(Arc::clone(&users), hasher(&sources)?, sources);
        let password = Some(accounts.another_password(password).await?);
        let change = UserChange { password, ..UserChange::default() };
        users.update(user.id, &change).await?.ok_or_else(|| DataError::NoUser(email.clone()))?;
        Ok(format!("{email} has another password"))
    })
}

pub(super) fn set_active(account: Account, is_active: bool) -> Result<String, DataError> {
    let Account { email, settings } = account;
    let (config, email) = (load(settings)?, parse::<Email>(&email, "the email")?);
    with_users(&config, async |users| {
        let user = find(&*users, &email).await?.user;
        let change = UserChange { is_active: Some(is_active), ..UserChange::default() };
        users.update(user.id, &change).await?.ok_or_else(|| DataError::NoUser(email.clone()))?;
        Ok(format!("{email} is {}", if is_active { "active" } else { "inactive" }))
    })
}

/// Asks for a password without showing it; from a pipe, the first line is it.
fn ask_password() -> Result<NewPassword, DataError> {
    let unread = |error: io::Error| DataError::Refused(format!("no password was read: {error}"));
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ").map_err(unread)?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(unread)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    parse(&text, "the password")
}
