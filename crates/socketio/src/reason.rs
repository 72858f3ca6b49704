//! Why sockets end.

use std::fmt;

use engineio::CloseReason;

/// Why a socket ended, in socket.io's words ([`as_str`](Self::as_str)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisconnectReason {
    /// The client left the namespace.
    ClientNamespaceDisconnect,
    /// The server ended the socket.
    ServerNamespaceDisconnect,
    /// The session below has ended.
    Session(CloseReason),
}

impl DisconnectReason {
    /// Whether the client may get its socket back: the transport failed it, and nobody wanted that.
    pub(crate) fn is_recoverable(self) -> bool {
        match self {
            Self::ClientNamespaceDisconnect | Self::ServerNamespaceDisconnect => false,
            Self::Session(reason) => matches!(
                reason,
                CloseReason::PingTimeout
                    | CloseReason::TransportClose
                    | CloseReason::TransportError
                    | CloseReason::Forced
            ),
        }
    }

    /// The reason as socket.io's server names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientNamespaceDisconnect => "client namespace disconnect",
            Self::ServerNamespaceDisconnect => "server namespace disconnect",
            Self::Session(reason) => reason.as_str(),
        }
    }
}

impl fmt::Display for DisconnectReason {
    /// Like [`as_str`](Self::as_str), but tells apart what socket.io calls "transport error".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(reason) => reason.fmt(f),
            other => f.write_str(other.as_str()),
        }
    }
}
