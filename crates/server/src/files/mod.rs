//! Images of products: uploaded by those who are signed in, kept as files in one folder, served to
//! all.
//!
//! What an image is, is told by its content alone. What a name is, is told by its form alone, so
//! that nothing but an image of the folder can be asked for.

mod address;
mod kind;
mod name;
mod routes;
mod serving;
mod store;
#[cfg(test)]
mod testing;
mod upload;

pub(crate) use address::ApiAddress;
pub use kind::ImageKind;
pub use name::{ImageName, NotAnImageName};
pub(crate) use routes::{FilesState, routes};
pub use store::{ImageStore, Put, UnusableFolder};
pub(crate) use upload::Uploads;
