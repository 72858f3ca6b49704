//! The events of the gateway: one catalogue of them, and what all of them have in common.
//!
//! An event that clients send is a type with `ClientEvent` in a file of its feature: its name, what
//! it takes and answers, which limit it counts against; and with `Handle`, what is done, or with
//! `HandOver`, to whom it is given. One that the server sends
//! is a type with `ServerEvent`. A line in `catalogue` makes it known: it is handled, limited, and
//! stands in `docs/events.md` and in the types for TypeScript.

mod catalogue;
mod client_event;
mod latest;
mod limit;
mod payload;
mod problem;
mod reference;
mod reply;
mod server_event;
mod text;
mod user_limiter;

pub(crate) use catalogue::register;
#[cfg(test)]
pub(crate) use client_event::payload_of;
pub(crate) use client_event::{ClientEvent, HandOver, Handle, Nothing};
pub(crate) use latest::Latest;
pub(crate) use limit::{EventLimits, Limit};
pub(crate) use problem::{AckError, EXCEPTION, Exception, Problem, RefusalData};
pub use reference::{markdown, typescript};
pub(crate) use reply::Reply;
pub(crate) use server_event::ServerEvent;
pub(crate) use text::Text;
