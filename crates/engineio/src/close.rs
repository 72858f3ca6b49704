//! Why sessions end.

use std::fmt;

/// Why a session ended. The first reason given is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client did not answer a ping in time.
    PingTimeout,
    /// The client closed the transport.
    TransportClose,
    /// The transport failed, or the client broke a rule of the transport.
    TransportError,
    /// The client sent something that cannot be decoded.
    ParseError,
    /// The client sent more than [`Config::max_payload`](crate::Config::max_payload).
    TooLarge,
    /// The application closed the session.
    Forced,
    /// The client did not take what was sent to it, in bytes or in time.
    SlowConsumer,
    /// The engine is shutting down.
    Shutdown,
}

impl CloseReason {
    /// The reason as socket.io's server names it to disconnect handlers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PingTimeout => "ping timeout",
            Self::TransportClose => "transport close",
            Self::TransportError | Self::TooLarge | Self::SlowConsumer => "transport error",
            Self::ParseError => "parse error",
            Self::Forced => "forced close",
            Self::Shutdown => "server shutting down",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("payload too large"),
            Self::SlowConsumer => f.write_str("slow consumer"),
            other => f.write_str(other.as_str()),
        }
    }
}
