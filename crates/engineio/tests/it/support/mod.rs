//! What the tests are made of.

pub(crate) mod app;
pub(crate) mod http;
pub(crate) mod polling;
pub(crate) mod random;
pub(crate) mod server;
pub(crate) mod websocket;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use engineio::{Broadcast, Delivery, Entry, Member, Packet, RoomName, Rooms, Scope, Selection};

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

/// A way into a scope and rooms of it.
pub(crate) fn entry(scope: Scope, rooms: Vec<RoomName>) -> Entry {
    Entry { scope, member: Member(Arc::new(())), rooms: Rooms::New(rooms) }
}

pub(crate) fn everyone(scope: Scope) -> Selection {
    Selection { scope, rooms: Vec::new(), except_rooms: Vec::new() }
}

pub(crate) fn to_everyone(scope: Scope, packet: Packet, delivery: Delivery) -> Broadcast {
    Broadcast { to: everyone(scope), packet, delivery, position: None }
}
