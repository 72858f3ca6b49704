//! The seam to those who want to know who is connected.

use async_trait::async_trait;
use socketio::Socket;

use super::client::Client;

/// Hears of every connection that comes and goes.
///
/// Told while the register of connections is locked, so that what is heard is in the order in which
/// it happened: it must not block, and not ask the register.
#[async_trait]
pub(crate) trait Audience: Send + Sync + std::fmt::Debug {
    /// A connection was registered. Those that had to go for it have left.
    fn joined(&self, socket: &Socket<Client>);

    /// A connection is registered no more. Told once for each that joined.
    fn left(&self, socket: &Socket<Client>);

    /// An admin has changed the user of a connection that is registered. Not told under the lock, and
    /// may wait.
    async fn changed(&self, _socket: &Socket<Client>) {}
}
