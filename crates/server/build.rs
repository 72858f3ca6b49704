//! Has this crate compiled again when the web client was built.

use std::path::Path;

fn main() {
    // Cargo would run this each time for a path that does not exist, so one that does is named: the
    // built client, else the folder in which it will appear.
    let watched = ["../../web/dist", "../../web"];
    if let Some(path) = watched.into_iter().find(|path| Path::new(path).exists()) {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-changed=migrations");
}
