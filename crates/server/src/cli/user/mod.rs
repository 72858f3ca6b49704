//! `tertulia user`.

mod account;
mod import;
mod list;

use std::io::{self, Write as _};

use clap::Subcommand;

use super::data::DataError;
use super::{Failure, Settings};
use crate::http::Property;
use crate::users::{Credentials, Email, UserRepository};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a user. The password is asked for, or read from the standard input.
    Create(account::Create),
    /// List all users, in the order of their emails.
    List(list::List),
    /// Give a user another password, which is asked for, or read from the standard input. Tokens that
    /// were issued before do not count any more. A running server ends the connections that they
    /// opened within about half a minute.
    SetPassword(account::Account),
    /// Forbid a user to sign in. A running server ends their connections within about half a minute.
    Deactivate(account::Account),
    /// Allow it again.
    Activate(account::Account),
    /// Import users, with the hashes of their passwords, from a file.
    #[command(after_help = import::HELP)]
    Import(import::ImportArguments),
}

/// Does it, and says what was done.
pub(super) fn run(command: User) -> Result<(), Failure> {
    let done = match command {
        User::Create(arguments) => account::create(arguments).map(Some),
        User::List(arguments) => list::run(arguments).map(|()| None),
        User::SetPassword(account) => account::set_password(account).map(Some),
        User::Deactivate(account) => account::set_active(account, false).map(Some),
        User::Activate(account) => account::set_active(account, true).map(Some),
        User::Import(arguments) => import::run(arguments).map(Some),
    };
    let told = done.and_then(|report| match report {
        Some(report) => {
            writeln!(io::stdout(), "{report}").map_err(|error| DataError::Output(report, error))
        }
        None => Ok(()),
    });
    Ok(told?)
}

/// The user with this email.
pub(super) async fn find(
    users: &dyn UserRepository,
    email: &Email,
) -> Result<Credentials, DataError> {
    users.find_credentials(email).await?.ok_or_else(|| DataError::NoUser(email.clone()))
}

/// Reads something that people write, or says everything that is wrong with it.
pub(super) fn parse<P: Property>(text: &str, name: &str) -> Result<P, DataError> {
    P::read(text).map_err(|problems| {
        let problems = problems.into_iter().map(|problem| P::describe(problem, name));
        DataError::Refused(problems.collect::<Vec<_>>().join("; "))
    })
}
