//! Integration tests: the real router, and the real binary.

mod auth;
mod binary;
mod http;
mod server;
mod start;
