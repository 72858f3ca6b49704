//! Who there is: the domain types of a user, the contract of the repository that keeps them, and
//! its implementations.

mod changes;
#[cfg(test)]
pub(crate) mod conformance;
mod email;
mod full_name;
mod import;
pub(crate) mod postgres;
mod repository;
mod role;
mod routes;
mod shown;
pub(crate) mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
mod user;

pub(crate) use changes::UserChanges;
pub use email::{Email, EmailProblem};
pub use full_name::{FullName, FullNameProblem};
pub(crate) use import::{Import, ImportError, ImportReport, Progress};
pub use postgres::PostgresUsers;
pub use repository::{
    AddError, Adding, InsertError, NewUser, PasswordChange, UserChange, UserRepository,
};
pub use role::Role;
pub(crate) use routes::{UsersState, routes};
pub(crate) use shown::ShownUser;
pub use sqlite::SqliteUsers;
pub use user::{Account, Credentials, PasswordHash, User, UserId};
