//! The signals that end the process, and one that must not.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ, where a file would grow past the limit of the process: 25 on Linux and macOS.
const FILE_TOO_LARGE: i32 = 25;

/// SIGINT and SIGTERM, from the moment of installation.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on the two signals no longer end the process by themselves. Nor does a file that is too
    /// large: whoever writes to it gets an error, as on a full disk.
    pub(crate) fn install() -> io::Result<Self> {
        // It stays caught as long as the process lives, whether anyone waits for it or not.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one; its name. Can be cancelled without losing one.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
