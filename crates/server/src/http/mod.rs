//! What all routes share. Answers have the shapes that clients of the original system know.

mod client_addr;
mod compression;
mod cors;
mod deadline;
mod error;
mod fields;
mod headers;
pub(crate) mod health;
mod paging;
mod rate_limit;
mod segment;
mod trailing_slash;

pub use client_addr::{ClientAddr, TrustedProxies};
pub use compression::compressed;
pub use cors::cors;
pub use deadline::{RequestTimeout, deadline};
pub use error::ApiError;
pub(crate) use error::ErrorBody;
pub use fields::{BodyTimeout, Fields, Form, Property, Refused, Text, Validated};
pub use headers::{answer_panics, common_headers};

pub(crate) use paging::number;
pub use paging::{Paging, PagingQuery};
pub use rate_limit::{Limiter, address_key};
pub use segment::Segment;
pub use trailing_slash::without_trailing_slash;
