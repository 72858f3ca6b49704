//! Who someone is: tokens, passwords, and the routes that hand out the one for the other.
//!
//! Others need two things of this module: [`Authenticator::authenticate`], which turns a token into
//! a [`VerifiedUser`], and [`VerifiedUser`] itself, which nothing else can make. A handler that
//! takes one answers only those who are signed in.

mod accounts;
mod admin;
mod authenticator;
mod body;
mod guard;
mod hasher;
mod limits;
mod password;
mod presented;
mod routes;
mod token;

pub use accounts::{Accounts, RegisterError, SignInError};
pub use admin::Admin;
pub use authenticator::{AuthError, Authenticator, VerifiedUser};
pub use hasher::{HashError, PasswordHasher};
pub use limits::AuthLimits;
pub use password::{NewPassword, PasswordProblem};
pub use presented::presented_token;
pub use routes::{AuthState, routes};
pub use token::{Claims, TokenError, Tokens};
