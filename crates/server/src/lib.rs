//! Tertulia: a realtime messaging server that speaks Socket.IO.
//!
//! | Module | What it is |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | settings, in layers |
//! | [`app`] | the composition root: the only place that names concrete backends |
//! | [`serve`], [`listener`] | the process: runtime, sockets, shutdown |
//! | [`database`] | which one, and how it is opened |
//! | [`http`] | what all routes share: errors, bodies, addresses, headers |
//! | [`auth`] | tokens, passwords, who someone is |
//! | [`users`] | who there is |
//! | [`products`] | what the shop sells |
//! | [`messages`] | the chat: the gateway, what may be said, whom it reaches |
//! | `admission` | who may connect at all: limits of addresses |
//! | [`events`] | the events of the chat: one catalogue, one way for all of them |
//! | `sessions` | who holds a live connection |
//! | [`rooms`] | what rooms there are, and who is in which |
//! | `presence` | who is connected, as clients are told |
//! | [`files`] | images of products |
//! | [`pages`] | the web client inside the binary |
//! | `openapi` | the document of the API |
//! | [`seed`] | what there is to try things out with |
//! | [`demo`] | what `--demo` demands |
//! | [`clock`] | time and chance |

mod admission;
pub mod app;
pub mod auth;
mod banner;
pub mod cli;
pub mod clock;
pub mod code;
pub mod config;
pub mod database;
pub mod demo;
pub mod events;
pub mod files;
pub mod http;
pub mod listener;
mod logging;
pub mod messages;
mod open_files;
mod openapi;
pub mod pages;
mod presence;
pub mod products;
mod realtime;
pub mod rooms;
mod secret;
pub mod seed;
pub mod serve;
mod sessions;
mod signals;
pub mod users;
