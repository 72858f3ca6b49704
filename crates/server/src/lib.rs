//! Tertulia: a realtime messaging server that speaks Socket.IO.
//!
//! | Module | What it is |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | settings, in layers |
//! | [`app`] | the composition root: the only place that names concrete backends |
//! | [`serve`], [`listener`] | the process: runtime, sockets, shutdown |
//! | [`http`] | what all routes share: errors, bodies, addresses, headers |
//! | [`auth`] | tokens, passwords, who someone is |
//! | [`users`] | who there is |
//! | [`pages`] | the web client inside the binary |
//! | [`demo`] | what `--demo` adds |

pub mod clock;
pub mod config;
pub mod users;
pub mod auth;
pub mod http;
mod sqlite;
