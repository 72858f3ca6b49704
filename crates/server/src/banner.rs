//! What is printed when the server is ready: where it is, how to sign in, where the data is. It is
//! the only thing on the standard output.

use std::io::{self, Write};
use std::net::SocketAddr;

use serde_json::json;

use crate::config::{Config, LogFormat};
use crate::database;
use crate::seed::{PASSWORD, PEOPLE};
use crate::serve::Mode;

/// Prints it: as text, or as one line of JSON where the log is JSON.
pub(crate) fn print(config: &Config, mode: Mode, address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write(&mut out, config, mode, address)?;
    out.flush()
}

fn write(out: &mut impl Write, config: &Config, mode: Mode, address: SocketAddr) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let url = &config.database.url;
    let data = match database::data_folder(url) {
        Some(folder) => folder.display().to_string(),
        None if database::is_in_memory(url) => "memory".to_owned(),
        None => url.to_string(),
    };
    if config.log.format == LogFormat::Json {
        let address = format!("http://{address}");
        let line = json!({ "message": "listening", "address": address, "data": data });
        return writeln!(out, "{line}");
    }
    writeln!(out, "Tertulia {version} listens on http://{address}")?;
    match mode {
        Mode::Demo => {
            let [(first, ..), (second, ..)] = PEOPLE;
            writeln!(out, "  Sign in as {first} or {second}, password {PASSWORD}")?;
        }
        Mode::Production => {
            writeln!(out, "  Sign in: POST /api/auth/register, then /api/auth/login")?;
        }
    }
    writeln!(out, "  Data is kept in {data}")?;
    writeln!(out, "  Ctrl-C ends it")
}
