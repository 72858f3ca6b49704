//! `tertulia seed`.

use std::io::{self, Write as _};

use clap::Args;

use super::data::{DataError, hasher, load, with_database};
use super::{Failure, Settings};
use crate::app;
use crate::auth::Accounts;
use crate::clock::Sources;
use crate::seed::{Added, PASSWORD, PEOPLE, Seed};

#[derive(Debug, Args)]
pub(super) struct SeedArguments {
    #[command(flatten)]
    settings: Settings,
}

/// Adds what is missing, and says what that was.
pub(super) fn run(SeedArguments { settings }: SeedArguments) -> Result<(), Failure> {
    let Added { users, products } = sow(settings)?;
    let [(first, ..), (second, ..)] = PEOPLE;
    let report = format!("added {users} users and {products} products");
    let warning = format!(
        "{first} (an admin) and {second} have the password {PASSWORD}, which everybody knows: \
         change it, or deactivate them, before others reach this server"
    );
    let told = writeln!(io::stdout(), "{report}\n{warning}");
    Ok(told.map_err(|error| DataError::Output(report, error))?)
}

fn sow(settings: Settings) -> Result<Added, DataError> {
    let config = load(settings)?;
    with_database(&config, async |database| {
        let sources = Sources::system();
        let users = app::repository_of_users(database);
        let accounts = Accounts::new(users, hasher(&sources)?, sources.clone());
        let images = app::image_store(&config.files, &sources).await?;
        let repository = app::repository_of_seed(database);
        Ok(Seed::new(repository, images, accounts, sources).sow().await?)
    })
}
