//! Pages and their files: the owner's, from a folder, and the web client, inside the binary.
//!
//! The build of the web client leaves its files in `web/dist`; they are embedded when this crate is
//! compiled. Beside a file `x` there may be `x.br` and `x.gz`, the same compressed. Files under
//! `socket.io/` are the client bundles of Socket.IO and are served by the gateway, not as pages.

mod assets;
mod bundles;
mod embedded;
mod encoding;
mod public;
mod routes;

pub use assets::{Asset, Assets};
pub use bundles::{BUNDLES_MISSING, ClientBundle, client_bundles};
pub use encoding::{Encoded, Encoding};
pub use public::PublicFolder;
pub(crate) use routes::page;
pub use routes::{Pages, answer};
