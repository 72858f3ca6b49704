//! The settings of an engine, with the defaults of socket.io 4.8; `docs/bounds.md` lists the bounds.

use std::time::Duration;

use crate::Cookie;

/// What an engine may use and how long it waits. What happens past each bound can be seen by an
/// [`Observer`](crate::Observer).
#[derive(Debug, Clone)]
pub struct Config {
    /// The path at which the engine answers, with both slashes (`/engine.io/`).
    pub path: String,
    /// Time from the handshake, or from a pong, to the next ping.
    pub ping_interval: Duration,
    /// Time a client has to answer a ping before its session ends.
    pub ping_timeout: Duration,
    /// Time a client has to finish the upgrade from polling to WebSocket.
    pub upgrade_timeout: Duration,
    /// Time a stalled peer may take nothing of what waits for it before its transport is closed.
    pub write_timeout: Duration,
    /// Time a closing session has to take what was sent to it before its socket is shut down.
    pub close_timeout: Duration,
    /// The largest message, polling body, or WebSocket message that a client may send, in bytes.
    pub max_payload: usize,
    /// What may wait for one session, in bytes on the wire. Past it, the transport is closed as a
    /// slow consumer; volatile packets never wait, and are dropped.
    pub outbox_bytes: usize,
    /// What may wait in the shards' queues, in bytes counted once per packet. Past it, those who
    /// emit wait.
    pub queue_bytes: usize,
    /// Messages that a polling client may have waiting for its connection to take them, of together
    /// `max_payload` bytes. Past it, its POST is answered only when there is room again.
    pub inbox_messages: usize,
    /// The number of shards that sessions are spread over: one per worker thread.
    pub shards: usize,
    /// The most sessions at one time; past it, handshakes are answered with 503.
    pub max_sessions: usize,
    /// Time that [`Engine::allow_request`](crate::Engine::allow_request) has to decide; past it, the
    /// handshake is answered with 503.
    pub allow_request_timeout: Duration,
    /// Handshakes that it may be deciding on at one time; past it, the next one is answered with
    /// 503.
    pub max_undecided: usize,
    /// The cookie that a handshake over polling sets, if any.
    pub cookie: Option<Cookie>,
    /// From how many bytes on an answer to a poll is compressed, for clients that accept gzip or
    /// deflate; `None` for never. The answer to a handshake never is: it holds the session's id.
    pub http_compression: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/engine.io/".to_owned(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(5),
            max_payload: 1_000_000,
            outbox_bytes: 1 << 20,
            queue_bytes: 4 << 20,
            inbox_messages: 256,
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            max_sessions: 1_000_000,
            allow_request_timeout: Duration::from_secs(10),
            max_undecided: 1024,
            cookie: None,
            http_compression: Some(1024),
        }
    }
}
