//! Broadcasts to everyone, while some of the same clients publish in rooms of theirs.

use super::{Actions, ClientId, Fanout, Fault, Load, Publishing};

/// Two loads that share clients.
pub(crate) struct Beside {
    pub(crate) broadcasts: Fanout,
    pub(crate) publishing: Publishing,
}

impl Beside {
    /// Whether nothing is on its way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.broadcasts.is_quiet() && self.publishing.is_quiet()
    }
}

impl Load for Beside {
    fn packet(
        &mut self,
        client: ClientId,
        packet: &[u8],
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        if Publishing::is_concerned(packet) {
            self.publishing.packet(client, packet, actions)
        } else {
            self.broadcasts.packet(client, packet, actions)
        }
    }
}
