//! What is replaced by a newer one while it waits for a client.

use socketio::LatestKey;

/// Which of them it is. A client's outbox tells them apart by their number alone, whatever the
/// event; two of the same number do not compile.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Latest {
    ClientsUpdated = 1,
    PresenceDiff = 2,
    PresenceSnapshot = 3,
    AuthExpiring = 4,
}

impl Latest {
    pub(crate) const fn key(self) -> LatestKey {
        LatestKey(self as u32)
    }
}
