//! `tertulia user list`.

use std::io::{self, Write};

use clap::Args;
use serde_json::json;

use super::{Settings, UserError, load, with_users};
use crate::database::Page;
use crate::users::User;

/// Users that are fetched at once.
const PAGE: u32 = 1_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// One JSON object on each line, instead of columns with tabs between them.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(List { json, settings }: List) -> Result<(), UserError> {
    let config = load(settings)?;
    with_users(&config, async |users| {
        let mut offset = 0;
        loop {
            let page = users.list(Page { limit: PAGE, offset }).await?;
            let mut out = io::stdout().lock();
            for user in &page {
                let written = if json { write_json(&mut out, user) } else { write(&mut out, user) };
                written.map_err(|error| UserError::Output("users were found".to_owned(), error))?;
            }
            offset += PAGE;
            if page.len() < PAGE as usize {
                return Ok(());
            }
        }
    })
}

fn roles(user: &User) -> Vec<&'static str> {
    user.roles.iter().map(|role| role.as_str()).collect()
}

fn write(out: &mut impl Write, user: &User) -> io::Result<()> {
    let active = if user.is_active { "active" } else { "inactive" };
    let User { id, email, full_name, .. } = user;
    // A name from elsewhere must not speak to the terminal.
    let full_name = full_name.as_str().replace(char::is_control, " ");
    writeln!(out, "{id}\t{email}\t{active}\t{}\t{full_name}", roles(user).join(","))
}

fn write_json(out: &mut impl Write, user: &User) -> io::Result<()> {
    let line = json!({
        "id": user.id.to_string(),
        "email": user.email.as_str(),
        "fullName": user.full_name.as_str(),
        "isActive": user.is_active,
        "roles": roles(user),
    });
    writeln!(out, "{line}")
}
