//! `tertulia token`.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use serde_json::json;

use super::data::{DataError, load, with_users};
use super::user::{find, parse};
use super::{Failure, Settings};
use crate::auth::{TokenError, Tokens};
use crate::clock::{Sources, rfc3339};
use crate::config::Config;
use crate::secret::{self, SecretError};
use crate::users::Email;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a fresh token of a user, as a login would give it.
    Mint(Mint),
    /// Say whose token it is and when it ends; exit with 1 if it is not valid.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Mint {
    /// Whose token it is to be.
    email: String,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The token; - reads it from the standard input, where no list of processes shows it.
    token: String,
    #[command(flatten)]
    settings: Settings,
}

/// Why there is nothing to print.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("{0} is inactive, so that no token of theirs is valid")]
    Inactive(Email),
    #[error("the token could not be read or written: {0}")]
    Io(#[from] io::Error),
}

/// Prints what was asked for.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::Mint(arguments) => mint(arguments),
        Command::Verify(arguments) => verify(arguments),
    };
    let written = text.and_then(|text| Ok(writeln!(io::stdout(), "{text}")?));
    written.map_err(|error| Failure {
        exit_code: match &error {
            CommandError::Secret(SecretError::Config(_)) => 2,
            CommandError::Data(error) => error.exit_code(),
            _ => 1,
        },
        message: error.to_string(),
    })
}

fn tokens(config: &Config) -> Result<Tokens, SecretError> {
    let secret = secret::configured(config.auth.jwt_secret.as_ref())?;
    Ok(Tokens::new(&secret, config.auth.token_ttl.get(), Sources::system()))
}

fn mint(Mint { email, settings }: Mint) -> Result<String, CommandError> {
    let (config, email) = (load(settings)?, parse::<Email>(&email, "the email")?);
    let tokens = tokens(&config)?;
    let known = with_users(&config, async |users| find(&*users, &email).await)?;
    if !known.user.is_active {
        return Err(CommandError::Inactive(email));
    }
    Ok(tokens.issue(known.user.id, known.tokens_since_secs))
}

fn verify(Verify { token, settings }: Verify) -> Result<String, CommandError> {
    let config = settings.load([]).map_err(DataError::from)?;
    let token = if token == "-" { io::read_to_string(io::stdin())? } else { token };
    let claims = tokens(&config)?.verify(&token)?;
    let expires_at = rfc3339(claims.expires_at_secs.saturating_mul(1_000));
    Ok(json!({ "id": claims.user_id.to_string(), "expiresAt": expires_at }).to_string())
}
