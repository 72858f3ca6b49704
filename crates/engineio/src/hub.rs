//! stub
use std::time::Duration;
use crate::*;
#[derive(Debug, Clone)]
pub struct Hub;
/// A share of the queue.
#[derive(Debug)]
pub struct Share;
impl Hub {
    /// Starts the shards (needs a tokio runtime).
    pub fn start(_config: Config) -> Self { todo!() }
    pub fn config(&self) -> &Config { todo!() }
    /// Waits for room for `bytes` in the shards' queues.
    pub async fn reserve(&self, _bytes: usize) -> Share { todo!() }
    pub fn try_reserve(&self, _bytes: usize) -> Option<Share> { todo!() }
    /// Pushes to every shard under one lock: all receivers see all broadcasts in one order. Never waits.
    pub fn broadcast(&self, _share: Share, _broadcast: Broadcast) { todo!() }
    pub fn session_count(&self) -> usize { todo!() }
    /// Refuses new sessions, closes all, waits for their tasks, at most `deadline`. true: all ended
    pub async fn shutdown(&self, _deadline: Duration) -> bool { todo!() }
}
