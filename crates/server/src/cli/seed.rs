//! `tertulia seed`.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;

use clap::Args;

use super::user::{UserError, load};
use super::{Failure, Settings};
use crate::app;
use crate::auth::{Accounts, PasswordHasher, RegisterError};
use crate::clock::Sources;
use crate::database::Database;
use crate::seed::{Added, PASSWORD, PEOPLE, Seed, SeedError};

#[derive(Debug, Args)]
pub(super) struct SeedArguments {
    #[command(flatten)]
    settings: Settings,
}

/// Adds what is missing, and says what that was.
pub(super) fn run(SeedArguments { settings }: SeedArguments) -> Result<(), Failure> {
    let told = sow(settings).and_then(|Added { users, products }| {
        let [(first, ..), (second, ..)] = PEOPLE;
        let report = format!("added {users} users and {products} products");
        let warning = format!(
            "{first} (an admin) and {second} have the password {PASSWORD}, which everybody knows: \
             change it, or deactivate them, before others reach this server"
        );
        writeln!(io::stdout(), "{report}\n{warning}")
            .map_err(|error| UserError::Output(report, error))
    });
    told.map_err(|error| Failure { exit_code: error.exit_code(), message: error.to_string() })
}

fn sow(settings: Settings) -> Result<Added, UserError> {
    let config = load(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(UserError::Process)?.block_on(async {
        let database = Database::open(&config.database).await?;
        let sources = Sources::system();
        let hasher = PasswordHasher::new(NonZeroUsize::MIN, 1, sources.clone());
        let hasher = hasher.map_err(RegisterError::from)?;
        let users = app::repository_of_users(&database);
        let accounts = Accounts::new(users, hasher, sources.clone());
        let images = app::image_store(&config.files, &sources).await;
        let images = images.map_err(|error| UserError::Refused(error.to_string()))?;
        let repository = app::repository_of_seed(&database);
        let sown = Seed::new(repository, images, accounts, sources).sow().await;
        database.close().await;
        sown.map_err(|error| match error {
            SeedError::Hash(error) => RegisterError::from(error).into(),
            SeedError::Storage(error) => error.into(),
            SeedError::Images(_) => UserError::Refused(error.to_string()),
        })
    })
}
