//! Integration tests: the real router, and the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod auth;
mod binary;
mod events;
mod files;
mod http;
#[path = "../../src/files/testing.rs"]
mod images;
mod listener;
mod openapi;
mod operations;
mod pages;
mod postgres;
mod products;
mod schemathesis;
mod seed;
mod server;
mod sessions;
mod start;
mod user_accounts;
mod user_import;
mod users;
