//! Has this crate compiled again when the web client was built.

fn main() {
    // Cargo runs this again each time if a path does not exist, so only paths that do are named:
    // the built client, else the folder in which it will appear.
    let watched = ["../../web/dist", "../../web", ".."];
    if let Some(path) = watched.into_iter().find(|path| std::path::Path::new(path).exists()) {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-changed=migrations");
}
