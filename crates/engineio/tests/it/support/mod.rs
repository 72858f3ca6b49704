//! What the tests are made of.

pub(crate) mod app;
pub(crate) mod http;
pub(crate) mod polling;
pub(crate) mod random;
pub(crate) mod server;
pub(crate) mod websocket;

use std::future::Future;
use std::time::Duration;

/// The longest that a test waits for something that should come.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lets everybody else do all they can do. The paused clock moves only when no task can run, so
/// the smallest step of it is a barrier, and takes no time.
pub(crate) async fn until_idle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// What should come, or a failed test instead of one that hangs.
pub(crate) async fn expect<F: Future>(what: &str, future: F) -> F::Output {
    let Ok(output) = tokio::time::timeout(PATIENCE, future).await else {
        panic!("waited for {what} in vain");
    };
    output
}
